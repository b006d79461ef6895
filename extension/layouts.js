// Where a platform's page has its posts, captions, bio and labels, by the rows of rules/layouts/ that the service hands out.
// Rows of a part are tried in order; the first that finds something is used. Selectors rot: a layout that finds nothing is said to have found nothing.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const MOST_POSTS = 500;
  const LONGEST_LABEL = 300;
  const CUT = /(?:…|\.\.\.)\s*$/;

  const select = (row, root) => { try { return [...root.querySelectorAll(row.select)]; } catch { return []; } };
  const outermost = (tags) => { const known = new Set(tags); return tags.filter((tag) => { for (let node = tag.parentElement; node; node = node.parentElement) if (known.has(node)) return false; return true; }); };
  const within = (tag, outside) => outside.some((other) => other === tag || other.contains(tag));

  /** The layout for a host name; null where none is known. */
  const forHost = (layouts, host) => layouts.find((layout) => layout.hosts.some((known) => host === known || host.endsWith(`.${known}`))) ?? null;

  const all = (rows, root) => { for (const row of rows ?? []) { const tags = select(row, root); if (tags.length) return tags; } return []; };

  function first(rows, root, outside = []) {
    for (const row of rows ?? []) {
      const tags = outermost(select(row, root).filter((tag) => !within(tag, outside))).filter((tag) => tag.textContent.trim());
      if (tags.length) return tags;
    }
    return [];
  }

  function value(rows, root, outside = []) {
    for (const row of rows ?? []) {
      for (const tag of select(row, root)) {
        if (outside.some((other) => other !== tag && other.contains(tag))) continue;
        let text = (row.attribute ? tag.getAttribute(row.attribute) ?? "" : tag.textContent.replace(/\s+/g, " ")).trim();
        if (row.take) text = new RegExp(row.take).exec(text.slice(0, 2000))?.[1] ?? "";
        if (text) return text.slice(0, 2000);
      }
    }
    return null;
  }

  const address = (link) => { try { return new URL(link, location.href).href; } catch { return link; } };
  const isDrawn = (element) => element.getClientRects().length > 0;

  /** The elements that are a post each, in their order. */
  function roots(layout) {
    for (const row of layout.posts) {
      const tags = outermost(select(row, document));
      if (tags.length) return tags.slice(0, MOST_POSTS);
    }
    return [];
  }

  function surface(layout, link) {
    let path = location.pathname;
    try { path = new URL(link ?? location.href, location.href).pathname; } catch { /* the page's own */ }
    return layout.surfaces.find((item) => new RegExp(item.path).test(path))?.surface ?? null;
  }

  /** A post's parts; null where the layout finds no caption in it. */
  function post(layout, root, alone) {
    const parts = layout.post;
    const others = all(parts.others, root);
    const more = all(parts.more, root);
    const captions = first(parts.caption, root, others);
    if (!captions.length) return null;
    const skip = (element) => (others.includes(element) || more.includes(element)) && !captions.includes(element);
    const outside = [...captions, ...others];
    const link = value(parts.permalink, root, outside);
    return {
      root, captions, skip,
      map: adcheck.textmap.join(captions, { skip }),
      title: first(parts.title, root, others).find((tag) => !captions.includes(tag))?.textContent.replace(/\s+/g, " ").trim() ?? null,
      author: value(parts.handle, root, outside) ?? first(parts.author, root, outside)[0]?.textContent.trim() ?? null,
      url: link ? address(link) : alone ? location.href : null,
      posted: value(parts.time, root, others),
      comment: first(parts.first_comment, root)[0] ?? null,
      labels: labels(layout, root, alone, outside),
      isCut: more.length > 0,
    };
  }

  /** The posts of the page with their captions. */
  function posts(layout) {
    const found = roots(layout);
    const read = found.map((root) => post(layout, root, found.length === 1)).filter((item) => item?.map.text);
    if (layout.distinct) {
      const links = read.map((item) => item.url);
      if (read.length < 2 || links.includes(null) || new Set(links).size < links.length) return [];
    }
    return read;
  }

  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  /** The platform's own labels that are shown: [{means, text, element}], by hook, else by wording in any language that is known. */
  function labels(layout, root, alone, outside) {
    const found = [];
    for (const row of layout.labels) {
      const wording = layout.wordings[row.label];
      if (!wording || found.some((item) => item.label === row.label)) continue;
      const words = row.texts ? new RegExp(`^(?:${Object.values(wording.texts).map((text) => escape(text.replace(/\s+/g, " ").toLowerCase()).replace(/\\\{brand\\\}/g, ".{1,80}")).join("|")})$`, "u") : null;
      let best = null;
      for (const hook of select(row, row.everywhere && alone ? document : root)) {
        const tag = (row.around && hook.closest(row.around)) || hook;
        if (!row.attribute && tag.textContent.length > LONGEST_LABEL) continue;
        const text = (row.attribute ? tag.getAttribute(row.attribute) ?? "" : tag.textContent).replace(/\s+/g, " ").trim();
        if (!text || (words && !words.test(text.toLowerCase())) || within(tag, outside) || (!row.briefly && !isSeen(tag))) continue;
        if (best && !best.element.contains(tag)) continue;
        best = { label: row.label, means: wording.means, text, element: tag };
        if (!words) break;
      }
      if (best) found.push(best);
    }
    return found;
  }

  /** Whether the words of an element are drawn where a reader sees them. */
  function isSeen(element) {
    if (!isDrawn(element)) return false;
    const map = adcheck.textmap.read(element);
    if (!map.text) return true; // an icon with a name
    const unseen = adcheck.boxes.measure(map).reduce((sum, item) => sum + item.end - item.start, 0);
    return unseen < map.text.replace(/\s/g, "").length;
  }

  /** Whether a paid-partnership label of the platform would be known in the page's language. */
  function readsLabels(layout) {
    const language = document.documentElement.lang.slice(0, 2).toLowerCase();
    const rows = layout.labels.filter((row) => layout.wordings[row.label]?.means === "sponsorship");
    return !rows.length || !language || rows.some((row) => !row.texts || language in layout.wordings[row.label].texts);
  }

  /** The profile at the head of the page: {bio, author}; null where the layout finds none. */
  function profile(layout) {
    const inside = roots(layout);
    const bio = all(layout.page.bio, document).find((tag) => !inside.some((root) => root.contains(tag)));
    if (!bio) return null;
    const more = all(layout.page.bio_more, document);
    const map = adcheck.textmap.read(bio, { skip: (element) => more.includes(element) });
    return map.text ? { bio, map, author: value(layout.page.handle, document) } : null;
  }

  /** The field of this platform in which a draft is written, if the focus is in one. */
  const composer = (layout, element) => (layout?.composers ?? []).map((row) => { try { return element.closest(row.select); } catch { return null; } }).find(Boolean) ?? null;

  /** What is said of the platform with a text that was not read by its layout. */
  const platform = (layout) => (layout && !layout.distinct ? { platform: layout.platform } : {});

  /** What is sent for a post, and how its answer leads back: {body, map, unseen, bio}. Offsets in UTF-16 units. */
  function request(layout, found, around) {
    const unseen = adcheck.boxes.measure(found.map);
    const body = { text: found.map.text, platform: layout.platform, visibility: unseen, complete: readsLabels(layout) && !(found.isCut && CUT.test(found.map.text)) };
    const place = surface(layout, found.url);
    if (place) body.surface = place;
    if (found.author) body.author = found.author;
    if (around) body.bio = around.map.text;
    if (found.comment) body.first_comment = adcheck.textmap.read(found.comment).text || undefined;
    const declared = {};
    if (found.labels.some((label) => label.means === "sponsorship")) declared.platform_label = true;
    if (found.labels.some((label) => label.means === "ai_content")) declared.ai_label = true;
    if (Object.keys(declared).length) body.declared = declared;
    return { body, map: found.map, unseen, bio: around?.map ?? null };
  }

  adcheck.layouts = { forHost, roots, posts, post, profile, composer, platform, request, isSeen };
})();
