// Command verify checks the tree of an export, a receipt, or two heads of one log with Go's own transparency-log
// packages (golang.org/x/mod/sumdb/note and tlog): a second implementation that this project did not write.
// It knows nothing of accounts; tests/independent/check_export.py does.
//
// Build (Debian: apt-get install golang-go golang-golang-x-mod-dev):
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o verify verify.go
//
// Use:
//
//	verify export DIR VERIFIERFILE             the checkpoint's signature, size, root and origin against entries.txt
//	verify inclusion FILE.json [VERIFIERFILE]  a receipt; without keys its checkpoint's signature is not looked at
//	verify consistency FILE.json               {"old_size","old_root","new_size","new_root","path"}, hashes in hex
//
// Exit status: 0 right, 1 wrong, 2 wrong call.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// head is what the three lines of a checkpoint say.
type head struct {
	origin string
	size   int64
	root   tlog.Hash
}

// receipt is section 9's object; pointers tell what is absent from what is empty.
type receipt struct {
	Book        *string   `json:"book"`
	Origin      *string   `json:"origin"`
	Number      *int64    `json:"number"`
	Line        *string   `json:"line"`
	Leaf        *string   `json:"leaf"`
	TreeSize    *int64    `json:"tree_size"`
	Root        *string   `json:"root"`
	Path        *[]string `json:"path"`
	Checkpoint  *string   `json:"checkpoint"`
	Consistency []string  `json:"consistency"`
}

// consistency is the object that this program asks for to compare two heads.
type consistency struct {
	OldSize *int64    `json:"old_size"`
	OldRoot *string   `json:"old_root"`
	NewSize *int64    `json:"new_size"`
	NewRoot *string   `json:"new_root"`
	Path    *[]string `json:"path"`
}

// parseHash reads one hash; only lower case, so that a hash has one spelling.
func parseHash(text string) (tlog.Hash, error) {
	var h tlog.Hash
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != tlog.HashSize || hex.EncodeToString(data) != text {
		return h, fmt.Errorf("not a hash: %q", text)
	}
	copy(h[:], data)
	return h, nil
}

// parseHashes reads a path, in the order of RFC 9162, which is also tlog's.
func parseHashes(texts []string) ([]tlog.Hash, error) {
	hashes := []tlog.Hash{}
	for _, text := range texts {
		h, err := parseHash(text)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

// parseHead reads a checkpoint's text strictly: exactly three lines, a canonical size and root.
func parseHead(text string) (head, error) {
	var h head
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return h, errors.New("the checkpoint is not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return h, errors.New("the checkpoint's size is malformed")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return h, errors.New("the checkpoint's root is malformed")
	}
	h.origin, h.size = lines[0], size
	copy(h.root[:], root)
	return h, nil
}

// openNote verifies a note by the keys of a file, one verifier a line.
func openNote(msg []byte, keyFile string) (head, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return head{}, err
	}
	verifiers := []note.Verifier{}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return head{}, err
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return head{}, err
	}
	return parseHead(n.Text)
}

// originOf gives the origin that a line sets, if its kind sets one: attributes stand in pairs from field 21.
func originOf(line []byte) string {
	f := strings.Split(string(line), "|")
	if len(f) < 21 || (f[4] != "book" && f[4] != "log_restarted") {
		return ""
	}
	for i := 20; i+1 < len(f); i += 2 {
		if f[i] == "origin" {
			return f[i+1]
		}
	}
	return ""
}

// readLog hashes the lines with tlog's own stored-hash layout and gives size, root and the latest origin.
func readLog(path string) (head, error) {
	var h head
	file, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer file.Close()
	stored := []tlog.Hash{}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			found[i] = stored[x]
		}
		return found, nil
	})
	lines := bufio.NewReaderSize(file, 1<<17)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			return h, fmt.Errorf("entry %d: the line has no end", h.size+1)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		more, err := tlog.StoredHashesForRecordHash(h.size, tlog.RecordHash(line), reader)
		if err != nil {
			return h, err
		}
		stored = append(stored, more...)
		h.size++
		if origin := originOf(line); origin != "" {
			h.origin = origin
		}
	}
	if h.size == 0 {
		return h, errors.New("no entries")
	}
	h.root, err = tlog.TreeHash(h.size, reader)
	return h, err
}

// checkExport compares the signed head with the head of the lines.
func checkExport(dir, keyFile string) error {
	msg, err := os.ReadFile(filepath.Join(dir, "checkpoint.txt"))
	if err != nil {
		return err
	}
	signed, err := openNote(msg, keyFile)
	if err != nil {
		return err
	}
	found, err := readLog(filepath.Join(dir, "entries.txt"))
	if err != nil {
		return err
	}
	if found.size != signed.size {
		return fmt.Errorf("%d entries, the checkpoint has %d", found.size, signed.size)
	}
	if found.origin != signed.origin {
		return fmt.Errorf("origin %q, the checkpoint has %q", found.origin, signed.origin)
	}
	if found.root != signed.root {
		return errors.New("the root is not that of the checkpoint")
	}
	return nil
}

// readJSON decodes one object and refuses anything after it.
func readJSON(path string, into interface{}) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("something follows the object")
	}
	return nil
}

// checkLine compares what a receipt says of its line with the line.
func checkLine(r receipt) (tlog.Hash, error) {
	leaf := tlog.RecordHash([]byte(*r.Line))
	if hex.EncodeToString(leaf[:]) != *r.Leaf {
		return leaf, errors.New("the leaf is not the hash of the line")
	}
	f := strings.SplitN(*r.Line, "|", 4)
	if len(f) < 4 || f[1] != *r.Book || f[2] != strconv.FormatInt(*r.Number, 10) {
		return leaf, errors.New("book or number are not those of the line")
	}
	return leaf, nil
}

// checkInclusion checks that the line is in the tree of the receipt, and that tree in the checkpoint's if there is one.
func checkInclusion(path, keyFile string) error {
	var r receipt
	if err := readJSON(path, &r); err != nil {
		return err
	}
	if r.Book == nil || r.Origin == nil || r.Number == nil || r.Line == nil || r.Leaf == nil ||
		r.TreeSize == nil || r.Root == nil || r.Path == nil {
		return errors.New("the receipt lacks a member")
	}
	leaf, err := checkLine(r)
	if err != nil {
		return err
	}
	root, err := parseHash(*r.Root)
	if err != nil {
		return err
	}
	proof, err := parseHashes(*r.Path)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, *r.TreeSize, root, *r.Number-1, leaf); err != nil {
		return err
	}
	if r.Checkpoint == nil {
		fmt.Println("included; no checkpoint, so nobody has signed this root yet")
		return nil
	}
	return checkSigned(r, root, keyFile)
}

// checkSigned follows the receipt's root to the signed one.
func checkSigned(r receipt, root tlog.Hash, keyFile string) error {
	var signed head
	var err error
	if keyFile != "" {
		signed, err = openNote([]byte(*r.Checkpoint), keyFile)
	} else {
		fmt.Println("no keys given: the checkpoint's signature is not checked")
		text, _, found := strings.Cut(*r.Checkpoint, "\n\n")
		if !found {
			return errors.New("the checkpoint is not a signed note")
		}
		signed, err = parseHead(text + "\n")
	}
	if err != nil {
		return err
	}
	if signed.origin != *r.Origin {
		return errors.New("the checkpoint is of another origin")
	}
	proof, err := parseHashes(r.Consistency)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, signed.size, signed.root, *r.TreeSize, root)
}

// checkConsistency checks that the new head extends the old one.
func checkConsistency(path string) error {
	var c consistency
	if err := readJSON(path, &c); err != nil {
		return err
	}
	if c.OldSize == nil || c.OldRoot == nil || c.NewSize == nil || c.NewRoot == nil || c.Path == nil {
		return errors.New("the object lacks a member")
	}
	roots, err := parseHashes([]string{*c.OldRoot, *c.NewRoot})
	if err != nil {
		return err
	}
	proof, err := parseHashes(*c.Path)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, *c.NewSize, roots[1], *c.OldSize, roots[0])
}

func main() {
	args := append(os.Args[1:], "", "", "")
	var err error
	switch n := len(os.Args) - 1; {
	case args[0] == "export" && n == 3:
		err = checkExport(args[1], args[2])
	case args[0] == "inclusion" && (n == 2 || n == 3):
		err = checkInclusion(args[1], args[2])
	case args[0] == "consistency" && n == 2:
		err = checkConsistency(args[1])
	default:
		fmt.Fprintln(os.Stderr, "usage: verify export DIR VERIFIERFILE | inclusion FILE [VERIFIERFILE] | consistency FILE")
		os.Exit(2)
	}
	if err != nil {
		fmt.Println("wrong:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}
