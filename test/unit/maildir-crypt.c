/* SPDX-License-Identifier: ISC */
/* src/backends/maildir-crypt/check.c: a line for each scheme, and two passwords. */
#include <string.h>

#include "backends/maildir-crypt/check.h"
#include "tap.h"

/*
 * "open sesame", by `doveadm pw -s SCHEME -p 'open sesame'` of Dovecot 2.3.19;
 * the last ones are of `gsasl --mkpasswd` (GNU SASL 2.2), of argon2(1) with four
 * lanes, and of crypt(3).
 */
static const char *const fields[] = {
	/* clang-format off */
	"{ARGON2I}$argon2i$v=19$m=32768,t=3,p=1$TeIPZ7PeHaLCBnydbNP2+Q$X+6O"
	"yJkU6E5kjZzw2yxnHkifbtkO/kCElJrHkFvgzWs",
	"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$nmODy/Ds5Xc+wOgF23NZUA$lJ"
	"0Eb6LHtxoZSce8wROP/65uPDlh5ipJSanK0qiGQ8o",
	"{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC",
	"{SSHA256}KGXjRwI5DVL04c5otN3HOOzXWY9nG5/JqSS/7MBSbVQABos3",
	"{SSHA512}QVYeCjaEsjx8sp0eOWuwPA4t3xTI8mEqWAZGM9p6ezrOCcGiPO0DGRZkF"
	"qIPP5hKrQa6ouBUXa7txMvZay7RiGmF7m4=",
	"{SMD5}tg8PfOyyBcQDvN50e/tnoaP84ic=",
	"{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=",
	"{SHA1}W8r/fyL/UzygmbNAjq2HbA67qac=",
	"{SHA256}Qe9LsLI2YeZjAarDYGaRLawDeCe0rmOnsRZaWqk+1Os=",
	"{SHA512}hHDN078e+F1fCSvOWuWvl85QggSBv0OyQTgH/sN+J4W1M6ZdTH1xaVsUHY"
	"HrzUtsTe9ChOYGfwud3DGLGyMCBQ==",
	"{LDAP-MD5}VO827HEgH9+dFCP9Jvl/aw==",
	"{PLAIN-MD5}54ef36ec71201fdf9d1423fd26f97f6b",
	"{PLAIN-MD4}366fd012ef75e8afd51d35c3dadea2e3",
	"{CRAM-MD5}12281dc9abf5f963381bf4696f1b0720b2a7673a54d908a267593ad4"
	"9895baf5",
	"{HMAC-MD5}12281dc9abf5f963381bf4696f1b0720b2a7673a54d908a267593ad4"
	"9895baf5",
	"{MD5}$1$Fj5GPy90$l9Mh2wf4B51aBxL0voHPu/",
	"{MD5-CRYPT}$1$HemDvh23$Pno8JiPmCmldcVN2BjdaP.",
	"{SHA256-CRYPT}$5$j4MBx9TL6GnEm7Xm$8sJk08eWojYAiBx95VbOQUpFrJrRNstk"
	"Uzzomo3fS1.",
	"{SHA512-CRYPT}$6$Dn2JnvtBjCRtf0wv$nZN6UOy1M1CL0rCD8hrK6KgEEdH4S7Xk"
	"QoeG05OF9UWcE8F.czzVV/OVIXaOPTFWlnhWo7BDRtQX8DFdZCpnP0",
	"{BLF-CRYPT}$2y$05$pYT7onx5hqaXJm3NoIYNbeVhA/.Ex8JIVslfZ96qpuQ9aDyj"
	"663oi",
	"{DES-CRYPT}Pi4FDvnKzMZYc",
	"{PBKDF2}$1$WlqPRDHSMQzTCdNT$5000$cc434f0d956c231564ddac51ff70069d8"
	"c4422d1",
	"{SCRAM-SHA-1}4096,Bx2lxYwzEYobP9he/6zAtA==,c+w/cyUExF9GDV3JpnnF7pD"
	"uu3U=,azLrvdt1VHVleHVEuwNq4Uxwq5U=",
	"{SCRAM-SHA-256}4096,A68j4FTWpsNgX+isaeSVPQ==,BL6QNierAYbAqeBHirBud"
	"gMXst0jpy31UkcjtDJ4/oI=,9qI1tdDJF/hqa9Q83iCHtjder6yyNnku0bJb2W/NxH"
	"Y=",
	"{SSHA.HEX}4caaedffa81e722a9c307d35392b798d618348e18b9db604",
	"{SHA256.HEX}41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a"
	"5aa93ed4eb",
	"{PLAIN-MD5.B64}VO827HEgH9+dFCP9Jvl/aw==",
	"{SMD5.BASE64}zEfD1T7Oyhu8oczxr/5jF1fvgt4=",
	"{PLAIN.B64}b3BlbiBzZXNhbWU=",
	"{CLEARTEXT.HEX}6f70656e20736573616d65",
	"{ARGON2ID.B64}JGFyZ29uMmlkJHY9MTkkbT02NTUzNix0PTMscD0xJE9nVUhvcGFI"
	"dzZGQ1VETnB3RVlVMkEkSERVdHdQaktyZzlnaDJPQ2o2Nm1uY25RNXJJc1ZXK2YwR3"
	"pKdUEvM2FhNA==",
	"{PBKDF2.HEX}243124784d357242365a796e77416b4d564b652435303030243735"
	"346564313663383937653462613835303262323133616435613561646232663134"
	"3430333132",
	"{SCRAM-SHA-256.B64}NDA5Niw0UnpTTkU0Y1pCYlJ4MGwxeWFUVVV3PT0sVVdqU1N"
	"IdDkwb3NBVk92dmw0M1I5VkltRUx5SC9JZzBxb3BjaTI0b2pRST0sazlTalFYN1ZrM"
	"1JJaUM5VDJLdXRzNVAxSFQzU3AxRUJ4VGFtTTJsejFBVT0=",
	"{SHA512-CRYPT.B64}JDYkc1FFM1BybHdkTHQxR2YvMyQ2TkFNWDJmVzRiVVpaTHlR"
	"SjNMSTlCbUFlRlFCZHpabHp5dEJ1UTRDMC9scXVBN284aG9DSUc4UXgwOUppd3dNVE"
	"Q2UVQ5SW9kbjFZMDZ3bUZ4NFVuLw==",
	"{SHA512.B64}hHDN078e+F1fCSvOWuWvl85QggSBv0OyQTgH/sN+J4W1M6ZdTH1xaV"
	"sUHYHrzUtsTe9ChOYGfwud3DGLGyMCBQ==",
	"{SCRAM-SHA-256}65536,iFT8r0vAvYo1dCmz,"
	"UbkXhxpxTWB8thHrg1f5wJGl3gfAc4vFYpE0c92g8+g=,"
	"1/ratdvyKv/+ZNiyHaHvGv4b5QuuYy0zUtQrsGFDJXc=",
	"{SCRAM-SHA-1}4096,az4NsVDFlds+82xM,"
	"6q2Hxv1dbBwH7oEIMIO4G5h3T9I=,ZtKkgVcYXZNX5om1jfj7Cg5tG6Q=",
	"{ARGON2ID}$argon2id$v=19$m=4096,t=2,p=4$c2FsdHNhbHRzYWx0$"
	"zaS43iojgcSaZbd0EyymZabCrgLEkRvuOZSkehijxKQ",
	"$y$j75$saltsalt$4r23Ja.bWt2eh8ftPtYPeuGW9RLxoj8WxeDLVNbfhH4",
	/* clang-format on */
};

/* What has the form of a hash, and is none. */
static const char *const bad[] = {
	("{ARGON2ID}$argon2id$v=19$m=8,t=3,p=16$c2FsdHNhbHRzYWx0$"
	 "zaS43iojgcSaZbd0EyymZabCrgLEkRvuOZSkehijxKQ"),
	"{BLF-CRYPT}$2y$09$x",
	"$9$x",
	"x",
};

static struct password wanted;

static enum check_verdict checked(const char *field, const char *password)
{
	return password_parse(&wanted, field) == PASSWORD_GOOD
		       ? check(&wanted, password)
		       : CHECK_TROUBLE;
}

int main(void)
{
	static char longer[5000];

	for (size_t i = 0; i < COUNT(fields); i++) {
		tap(checked(fields[i], "open sesame") == CHECK_MATCH, "%s",
		    fields[i]);
		/* DES knows eight octets of a password alone. */
		tap(checked(fields[i], "open Sesame") == CHECK_DIFFER,
		    "... not another");
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		tap(checked(bad[i], "open sesame") == CHECK_BAD, "%s", bad[i]);
	/* A key of HMAC that is longer than its block; by doveadm as well. */
	tap(checked("{CRAM-MD5}"
		    "8b1bc35b306097d1c4c7e7dd6f8526d4d28c031cf20e817116d646a2fa"
		    "93c0da",
		    "0123456789012345678901234567890123456789012345678901234567"
		    "890123456789") == CHECK_MATCH,
	    "CRAM-MD5 of a long password");
	tap(checked("{SSHA}mn45pSYNDJIqaYMwWXHnSrhsn/rJ2lpC", "") ==
		    CHECK_DIFFER,
	    "no password");
	memset(longer, 'x', sizeof(longer) - 1);
	tap(checked("Pi4FDvnKzMZYc", longer) == CHECK_DIFFER,
	    "one longer than crypt(3) takes");
	return tap_done();
}
