"""Fixture pages in the structure of the platforms, with text of our own, served under the platforms' host names with their kind of CSP."""

from __future__ import annotations

import html
import threading

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
AD = "Dol op mijn nieuwe serum van @glowlab! Met code LISA15 krijg je 15% korting"
PLAIN = "Zondag met de kinderen naar het bos"
LABELLED = f"Reclame | {AD}"
FONT = "<style>body{font:16px/20px sans-serif;margin:0;background:#fff;color:#111}</style>"

HOSTS = (
    "www.instagram.com",
    "x.com",
    "www.tiktok.com",
    "www.youtube.com",
    "www.facebook.com",
    "www.linkedin.com",
    "blog.example",
    "strict.example",
)


def page(body: str, lang: str = "en", head: str = "") -> str:
    return f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Fixture</title><link rel="icon" href="data:,">{FONT}{head}</head><body>{body}</body></html>'


def instagram(text: str, name: str = "lisa.example", above: str = "", style: str = "", more: bool = False, caption: str = "h1") -> str:
    button = '<div role="button" tabindex="0">more</div>' if more else ""
    return (
        f'<article style="min-height:160px"><header><a href="/{name}/">{name}</a>{above}</header>'
        f'<div><{caption} dir="auto" style="font-size:16px;margin:0;{style}">{text}</{caption}>{button}</div>'
        f'<a href="/p/{abs(hash(text + name)) % 10**9}/"><time datetime="2026-11-20T10:00:00Z">20 November</time></a></article>'
    )


def feed(count: int) -> str:
    posts = (AD, LABELLED, PLAIN, "Mooi weer vandaag aan zee")
    return page("<main>" + "".join(instagram(f"{posts[index % 4]} nr {index}", f"maker{index}") for index in range(count)) + "</main>")


def youtube(text: str) -> str:
    return page(
        f'<ytd-watch-metadata><h1>Mijn ochtend</h1><div id="owner"><ytd-video-owner-renderer><ytd-channel-name id="channel-name">'
        f'<a href="/@lisa">Lisa</a></ytd-channel-name></ytd-video-owner-renderer></div><div id="description-inline-expander">'
        f'<div id="expanded"><yt-attributed-string>{text}</yt-attributed-string></div></div></ytd-watch-metadata>',
        head="<style>html{font-size:10px}ytd-watch-metadata,ytd-channel-name,yt-attributed-string{display:block}</style>",
    )


X = page(
    f'<main><article data-testid="tweet"><div data-testid="User-Name"><a href="/lisa_x">Lisa</a></div><div data-testid="tweetText" lang="nl"><span>{AD}</span></div>'
    '<a href="/lisa_x/status/1"><time datetime="2026-11-20T10:00:00Z">20 nov</time></a></article></main>'
)
TIKTOK = page(
    f'<div data-e2e="recommend-list-item-container"><h3 data-e2e="video-author-uniqueid">lisa</h3><div data-e2e="video-desc"><span>{AD}</span></div></div>'
)
FACEBOOK = page(
    f'<div role="main"><div role="article"><h2><a href="/lisa">Lisa</a></h2><div data-ad-rendering-role="story_message"><div dir="auto">{AD}</div></div></div></div>'
)
LINKEDIN = page(
    f'<div role="list"><div role="listitem"><a href="/in/lisa/">Lisa</a>'
    f'<div componentkey="feed-commentary-1"><p><span data-testid="expandable-text-box">{AD}</span></p></div></div></div>'
)
PROFILE = page(
    '<header><section><h2>nova.example</h2><div><span class="_ap3a">Virtual influencer, made with AI</span></div></section></header><main>'
    + instagram("I tried this serum for weeks and my skin has never felt better!", "nova.example")
    + instagram("New season, new coat", "nova.example")
    + "</main>"
)

PAGES = {
    "www.instagram.com/p/ad/": page(instagram(AD)),
    "www.instagram.com/p/plain/": page(instagram(PLAIN)),
    "www.instagram.com/p/broken/": page(instagram("Dol op @glowskin<br>Met code LISA15 krijg je 15% korting<br>#reclame")),
    "www.instagram.com/p/more/": page(
        instagram(
            f"{AD}. " + "Elke ochtend twee druppels op een schone huid. " * 6 + "<span>#reclame</span>",
            style="display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;height:40px;width:400px",
            more=True,
        )
    ),
    "www.instagram.com/p/label/": page(instagram(AD, above="<div><span>Paid partnership with glowlab</span></div>")),
    "www.instagram.com/p/localised/": page(instagram(AD, above="<div><span>Bezahlte Partnerschaft mit glowlab</span></div>"), lang="de"),
    "www.instagram.com/p/renamed/": page(
        f'<main><section class="xq1"><b class="xq2">lisa.example</b><p class="xq3">{AD}</p></section></main>',
        head="<style>.xq3{color:#111}</style>",
    ),
    "www.instagram.com/p/tiny/": page(instagram(f'<span style="font-size:2px">Reclame</span> {AD}')),
    "www.instagram.com/p/pale/": page(instagram(f'<span style="color:#fdfdfd">Reclame</span> {AD}')),
    "www.instagram.com/p/covered/": page(
        instagram(f'<span style="position:relative">Reclame<span style="position:absolute;inset:0;background:#fff"></span></span> {AD}')
    ),
    "www.instagram.com/p/aside/": page(instagram(f'<span style="position:absolute;left:-3000px">Reclame</span> {AD}')),
    "www.instagram.com/p/clear/": page(instagram(LABELLED)),
    "www.instagram.com/nova.example/": PROFILE,
    "www.instagram.com/": feed(12),
    "www.instagram.com/feed500/": feed(500),
    "www.instagram.com/spa/": page(f'<div id="app">{instagram(AD)}</div><button id="next">next</button><script src="/spa.js"></script>'),
    "x.com/lisa_x/status/1": X,
    "www.tiktok.com/@lisa/video/1": TIKTOK,
    "www.youtube.com/watch": youtube(AD),
    "www.facebook.com/lisa/posts/1": FACEBOOK,
    "www.linkedin.com/feed/": LINKEDIN,
    "blog.example/serum": page(
        f"<main><article><h1>Mijn serum</h1><p>{html.escape(AD)}</p>"
        "<p>Al drie weken gebruik ik het elke avond, en ik vind de fles op mijn plank ook nog eens mooi staan.</p></article></main>"
    ),
    "strict.example/write": page(
        '<main><h1>Write</h1><label for="draft">Draft</label><textarea id="draft" rows="5" cols="60"></textarea>'
        '<div id="rich" contenteditable="true" role="textbox" aria-label="Rich"></div></main>'
    ),
}
SPA = f"""
document.getElementById("next").addEventListener("click", () => {{
  history.pushState({{}}, "", "/spa/second/");
  document.querySelector("h1").textContent = {PLAIN!r};
}});
"""


class Quiet(WSGIRequestHandler):
    """No access log."""

    def log(self, kind, message, *args):
        pass


def application(environ, start):
    request = Request(environ)
    host = request.host.split(":")[0]
    if request.path == "/spa.js":
        return Response(SPA, mimetype="text/javascript")(environ, start)
    text = PAGES.get(f"{host}{request.path}")
    if text is None:
        return Response("", status=404)(environ, start)
    return Response(text, mimetype="text/html", headers={"Content-Security-Policy": CSP})(environ, start)


class Served:
    """A WSGI application on a free port of this machine."""

    def __init__(self, app, **options):
        self.server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet, **options)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
