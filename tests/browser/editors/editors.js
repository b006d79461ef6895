// Each editor with its own history, mounted on demand: mount(kind, element) → {text(): what the editor's own model holds}.
import { createEmptyHistoryState, registerHistory } from "@lexical/history";
import { registerPlainText } from "@lexical/plain-text";
import { CompositeDecorator, Editor, EditorState } from "draft-js";
import { $getRoot, createEditor } from "lexical";
import { baseKeymap } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { schema } from "prosemirror-schema-basic";
import { EditorState as ProseState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import Quill from "quill";
import React from "react";
import { createRoot } from "react-dom/client";

const hashtags = new CompositeDecorator([
  {
    strategy: (block, found) => {
      for (const match of block.getText().matchAll(/#\w+/g)) found(match.index, match.index + match[0].length);
    },
    component: ({ children }) => React.createElement("span", { className: "hashtag" }, children),
  },
]);

window.mount = {
  lexical(element) {
    element.contentEditable = "true";
    element.setAttribute("role", "textbox");
    element.style.whiteSpace = "pre-wrap";
    const editor = createEditor({ onError: (error) => { throw error; } });
    editor.setRootElement(element);
    registerPlainText(editor);
    registerHistory(editor, createEmptyHistoryState(), 300);
    return { text: () => editor.getEditorState().read(() => $getRoot().getTextContent()) };
  },
  draft(element) {
    let current = EditorState.createEmpty(hashtags);
    const Composer = () => {
      const [state, set] = React.useState(current);
      current = state;
      return React.createElement(Editor, { editorState: state, onChange: set, ariaLabel: "Post" });
    };
    createRoot(element).render(React.createElement(Composer));
    return { text: () => current.getCurrentContent().getPlainText() };
  },
  quill(element) {
    const quill = new Quill(element, { modules: { history: { delay: 300 } } });
    return { text: () => quill.getText().replace(/\n$/, "") };
  },
  prosemirror(element) {
    const view = new EditorView(element, {
      state: ProseState.create({ schema, plugins: [history({ newGroupDelay: 300 }), keymap({ "Mod-z": undo, "Mod-y": redo }), keymap(baseKeymap)] }),
    });
    return { text: () => view.state.doc.textBetween(0, view.state.doc.content.size, "\n") };
  },
  plain(element) {
    element.contentEditable = "true";
    return { text: () => element.innerText };
  },
  react(element) {
    let current = "";
    const Field = () => {
      const [value, set] = React.useState("");
      current = value;
      return React.createElement("textarea", { value, onChange: (event) => set(event.target.value), "aria-label": "Post" });
    };
    createRoot(element).render(React.createElement(Field));
    return { text: () => current };
  },
};
