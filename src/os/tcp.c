/* SPDX-License-Identifier: ISC */
#include "os/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "pure/limit.h"

bool tcp_start(int fd)
{
	static const struct {
		int level, name, value;
	} settings[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, LIMIT_KEEPALIVE_IDLE },
		{ IPPROTO_TCP, TCP_KEEPINTVL, LIMIT_KEEPALIVE_INTERVAL },
		{ IPPROTO_TCP, TCP_KEEPCNT, LIMIT_KEEPALIVE_PROBES },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (setsockopt(fd, settings[i].level, settings[i].name,
			       &settings[i].value, sizeof(int)) < 0)
			return false;
	return true;
}

/*
 * TCP itself would try for many minutes. A peer that lives and takes nothing
 * acknowledges what is sent to it, be it octets again or a probe of its window;
 * but those become rare, so that the time of the last acknowledgement alone
 * proves nothing. (TCP_USER_TIMEOUT would end such a peer.)
 */
bool tcp_silent(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
	    info.tcpi_last_ack_recv < LIMIT_SILENCE * 1000)
		return false;
	if (info.tcpi_unacked > 0)
		return info.tcpi_last_data_sent < info.tcpi_last_ack_recv;
	return info.tcpi_probes > 0;
}

bool tcp_outstanding(int fd)
{
	int octets = 0;

	return ioctl(fd, TIOCOUTQ, &octets) == 0 && octets > 0;
}
