// Guidelines as they are meant to look: the little Markdown that people write, as elements and text nodes.

const HEADING = /^#{1,6}\s+(.*)/;
const BULLET = /^\s*(?:[-*+]|\d+[.)])\s+(.*)/;

/** Headings, lists and paragraphs of a text; what is none of Markdown stays as it is written. */
function prose(text) {
  const blocks = [];
  let list = null;
  let lines = [];
  const end = () => {
    if (lines.length) blocks.push(el("p", { dir: "auto" }, spans(lines.join("\n"))));
    [list, lines] = [null, []];
  };
  for (const line of text.split(/\r?\n/)) {
    const [heading, bullet] = [HEADING.exec(line), BULLET.exec(line)];
    if (heading || !line.trim()) end();
    if (heading) blocks.push(el("h3", { dir: "auto" }, spans(heading[1])));
    else if (bullet) {
      if (!list) {
        end();
        blocks.push((list = el("ul")));
      }
      list.append(el("li", { dir: "auto" }, spans(bullet[1])));
    } else if (list && line.trim()) list.lastChild.append("\n", ...spans(line.trim()));
    else if (line.trim()) lines.push(line);
  }
  end();
  return blocks;
}

/** Bold, italic and code within a line. */
function spans(text) {
  const tags = { "**": "strong", "__": "strong", "*": "em", "`": "code" };
  return text.split(/(\*\*.+?\*\*|__.+?__|\*[^\s*][^*]*\*|`[^`]+`)/).map((piece) => {
    const mark = ["**", "__", "*", "`"].find((each) => piece.length > 2 * each.length && piece.startsWith(each) && piece.endsWith(each));
    return mark ? el(tags[mark], { text: piece.slice(mark.length, -mark.length) }) : piece;
  });
}
