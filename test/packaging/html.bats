# SPDX-License-Identifier: ISC
#
# The manuals as a site of HTML: each page is there and is led to, and no link
# between them leads nowhere.
#
# bats file_tags=once
# shellcheck disable=SC2154 # From lib/common.

load ../lib/common
load ../lib/examples

@test "html: every page, from the index, and every link between them works" {
	command -v mandoc >/dev/null || skip 'needs mandoc'
	local page names
	mapfile -t names < <(example_pages | sed 's|.*/||')
	mkdir site
	while read -r page; do
		"$top/src/manual/page.sh" mandoc \
			"$(realpath --relative-to=. "$page")" "${names[@]}" \
			>"site/${page##*/}.html"
	done < <(example_pages)
	cp "$top"/src/manual/{index.html,style.css,*.svg} site
	# Where this build has it, it is that.
	made=$(find "$POP3_SKEL_STAGE/root" -path '*/doc/pop3-skel/html' -type d)
	[ -z "$made" ] || diff -r site "$made"
	python3 - site "${names[@]}" <<-'END'
		import html.parser, os, sys, xml.etree.ElementTree
		site, names = sys.argv[1], sys.argv[2:]

		class Page(html.parser.HTMLParser):
		    def __init__(self):
		        super().__init__()
		        self.links, self.ids = [], set()

		    def handle_starttag(self, tag, attributes):
		        a = dict(attributes)
		        self.links += [a[k] for k in ("href", "src") if k in a]
		        self.ids.add(a.get("id"))

		pages = {}
		for name in os.listdir(site):
		    with open(os.path.join(site, name), encoding="utf-8") as file:
		        text = file.read()
		    if name.endswith(".svg"):
		        xml.etree.ElementTree.fromstring(text)
		    if name.endswith(".html"):
		        pages[name] = Page()
		        pages[name].feed(text)
		wrong, inner = [], 0
		for name, page in pages.items():
		    for link in page.links:
		        if link.startswith("https://manpages.debian.org/"):
		            if link.rsplit("/", 1)[1] in names:
		                wrong.append((name, link))
		            continue
		        file, _, anchor = link.partition("#")
		        file = file or name
		        inner += 1
		        if not os.path.exists(os.path.join(site, file)):
		            wrong.append((name, link))
		        elif anchor and anchor not in pages[file].ids:
		            wrong.append((name, link))
		index = {link.partition("#")[0] for link in pages["index.html"].links}
		wrong += [n for n in names if n + ".html" not in index]
		print(inner, wrong)
		sys.exit(bool(wrong) or inner < 300)
	END
}
