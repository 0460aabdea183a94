package repair

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bandport/bandport/pkg/activity"
)

func working(text string) *work {
	return &work{ctx: context.Background(), o: &Options{}, format: "gpx", data: []byte(text)}
}

func TestRepairsOfText(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*work) change
		from string
		want string
		n    int
		lost string
	}{
		{"nothing to escape", escape, `<a b="x &amp; y">1 &lt; 2 &#38; &#x26; &quot;</a>`, `<a b="x &amp; y">1 &lt; 2 &#38; &#x26; &quot;</a>`, 0, ""},
		{"ampersands", escape, `<a b="x & y">Tom & Jerry &nbsp; &; &#; &#x; &#12g;</a>`, `<a b="x &amp; y">Tom &amp; Jerry &amp;nbsp; &amp;; &amp;#; &amp;#x; &amp;#12g;</a>`, 7, ""},
		{"not in comments and CDATA", escape, `<a><!-- x & y --><![CDATA[a & b]]><?p & ?></a>`, `<a><!-- x & y --><![CDATA[a & b]]><?p & ?></a>`, 0, ""},
		{"an ampersand at the end", escape, `<a>x &`, `<a>x &amp;`, 1, ""},

		{"clean text", cleanText, "<a>ä €\t\r\n</a>", "<a>ä €\t\r\n</a>", 0, ""},
		{"control characters", cleanText, "<a>x\x00\x01\x1f\ufffey</a>", "<a>xy</a>", 4, "4 characters that cannot be seen"},
		{"windows-1252", cleanText, "<a>Z\xfcrich \x80</a>", "<a>Zürich €</a>", 2, ""},

		{"no document type", dropDoctype, "<?xml version='1.0'?><a/>", "<?xml version='1.0'?><a/>", 0, ""},
		{"a document type", dropDoctype, `<!DOCTYPE a [<!ENTITY x "]>"><!ENTITY y '>'>]><a/>`, "<a/>", 1, "the entities that it declared"},
		{"one in small letters without an end", dropDoctype, `<!doctype html`, "", 1, "the entities that it declared"},

		{"blanks in front", trimStart, " \n<?xml version='1.0'?><a/>", "<?xml version='1.0'?><a/>", 1, ""},
		{"blanks before something else", trimStart, " <a/>", " <a/>", 0, ""},

		{"well-formed", closeOpen, "<a><b/></a>\n", "<a><b/></a>\n", 0, ""},
		{"cut between elements", closeOpen, "<a><b><c/>", "<a><b><c/></b></a>\n", 1, ""},
		{"cut in a tag", closeOpen, "<a><b>1</b><c d", "<a><b>1</b></a>\n", 1, "4 bytes behind the damage"},
		{"cut in a text", closeOpen, "<a><b>1</b><c>12", "<a><b>1</b><c></c></a>\n", 1, "2 bytes behind the damage"},
		{"cut in a trackpoint", closeOpen, "<gpx><trk><trkseg><trkpt><time>1</time></trkpt>\n<trkpt><ti", "<gpx><trk><trkseg><trkpt><time>1</time></trkpt></trkseg></trk></gpx>\n", 1, "1 trackpoint that was damaged, 10 bytes behind the damage"},
		{"a prefix is kept", closeOpen, "<g:gpx><g:trk><g:name>x</g:name><g:", "<g:gpx><g:trk><g:name>x</g:name></g:trk></g:gpx>\n", 1, "3 bytes behind the damage"},
		{"a damaged trackpoint among others", closeOpen, "<s><trkpt>1</trkpt><trkpt>2<x></trkpt><trkpt>3</trkpt></s>", "<s><trkpt>1</trkpt><trkpt>3</trkpt></s>", 1, "1 trackpoint that was damaged"},
		{"two of them", closeOpen, "<s><trkpt>1<</trkpt><trkpt>2</trkpt><trkpt>3<x></trkpt><trkpt>4</trkpt></s>", "<s><trkpt>2</trkpt><trkpt>4</trkpt></s>", 2, "2 trackpoints that were damaged"},
		{"the last of a track", closeOpen, "<t><s><trkpt>1</trkpt><trkpt>2<x></trkpt></s><s><trkpt>3</trkpt></s></t>", "<t><s><trkpt>1</trkpt></s><s><trkpt>3</trkpt></s></t>", 1, "1 trackpoint that was damaged"},
		{"a second document", closeOpen, "<a/>\n<a/>", "<a/>\n", 1, "5 bytes behind the damage"},
		{"nothing at all", closeOpen, "<", "<", 0, ""},

		{"declared prefixes", declare, `<gpx xmlns:a="u"><a:b a:c="1"/></gpx>`, `<gpx xmlns:a="u"><a:b a:c="1"/></gpx>`, 0, ""},
		{"prefixes that all know", declare, `<gpx><gpxtpx:hr>1</gpxtpx:hr></gpx>`, `<gpx xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"><gpxtpx:hr>1</gpxtpx:hr></gpx>`, 1, ""},
		{"one that nobody knows, on an attribute", declare, `<gpx q:a="1"/>`, `<gpx q:a="1" xmlns:q="urn:undeclared:q"/>`, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := working(tt.from)
			c := tt.do(w)
			if diff := cmp.Diff(tt.want, string(w.data)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if c.count != tt.n || c.lost != tt.lost {
				t.Errorf("%d times, lost %q; want %d and %q", c.count, c.lost, tt.n, tt.lost)
			}
		})
	}
}

func TestDamagesHaveAnEnd(t *testing.T) {
	w := working("<s>" + strings.Repeat("<trkpt><x></trkpt>", 3*mostDamages) + "</s>")
	if c := closeOpen(w); c.count != mostDamages {
		t.Errorf("%d damages", c.count)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.ctx = ctx
	if c := closeOpen(w); c.count != 0 {
		t.Errorf("%d damages after it was cancelled", c.count)
	}
}

const doc = `<?xml version="1.0"?>
<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1" creator='a "b" &lt;'>
  <g:trk><g:name>lat="7"</g:name><g:trkseg>
    <g:trkpt  lat = "1.5" lon='2.5' ><g:ele>3</g:ele><g:time/><g:x><hr>99</hr></g:x></g:trkpt>
    <g:trkpt lon="4"/>
  </g:trkseg></g:trk>
</g:gpx>
`

func TestIndex(t *testing.T) {
	d, err := index([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	piece := func(i int) string { return string(d.data[d.nodes[i].start:d.nodes[i].end]) }
	if len(d.points) != 2 || len(d.acts) != 1 {
		t.Fatalf("%d points, %d activities", len(d.points), len(d.acts))
	}
	p := &d.points[0]
	if piece(p.time) != "<g:time/>" || piece(p.altitude) != "<g:ele>3</g:ele>" || len(p.hearts) != 1 || string(d.text(p.hearts[0])) != "99" {
		t.Errorf("time %q, altitude %q, hearts %v", piece(p.time), piece(p.altitude), p.hearts)
	}
	if p.rec.Lat != 1.5 || p.rec.Lon != 2.5 || p.rec.Altitude != 3 || p.rec.HeartRate != 99 || p.rec.Has&activity.Time != 0 {
		t.Errorf("record %+v", p.rec)
	}
	if q := &d.points[1]; !d.nodes[q.node].empty() || q.rec.Has != 0 || q.latTo != 0 || string(d.data[q.lonFrom:q.lonTo]) != "4" {
		t.Errorf("the second point is %+v", q)
	}
	for i := range d.nodes {
		n := &d.nodes[i]
		if !strings.HasPrefix(piece(i), "<"+n.prefix+n.name) || !strings.HasSuffix(piece(i), ">") {
			t.Errorf("element %d is %q", i, piece(i))
		}
		if n.parent >= 0 && (d.nodes[n.parent].start >= n.start || d.nodes[n.parent].end < n.end) {
			t.Errorf("%s is not within its parent", n.name)
		}
	}
	if _, err := index([]byte("<a>")); err == nil {
		t.Error("a text that is not well-formed was indexed")
	}
}

func TestEdits(t *testing.T) {
	edited := func(change func(d *document)) string {
		w := working(doc)
		w.edit(change)
		return string(w.data)
	}
	for _, tt := range []struct {
		name     string
		change   func(d *document)
		from, to string // the one difference
	}{
		{"nothing", func(*document) {}, "", ""},
		{"a text", func(d *document) { d.setText(d.points[0].altitude, "4") }, "<g:ele>3</g:ele>", "<g:ele>4</g:ele>"},
		{"a text of an empty element", func(d *document) { d.setText(d.points[0].time, "now") }, "<g:time/>", "<g:time>now</g:time>"},
		{"an element that goes", func(d *document) { d.remove(d.points[0].altitude) }, "<g:ele>3</g:ele>", ""},
		{"a point that goes with its blanks", func(d *document) { d.remove(d.points[1].node) }, "\n    <g:trkpt lon=\"4\"/>", ""},
		{"what lies in it goes with it", func(d *document) {
			d.setText(d.points[0].altitude, "4")
			d.remove(d.points[0].node)
			d.remove(d.points[0].time)
		}, "\n    <g:trkpt  lat = \"1.5\" lon='2.5' ><g:ele>3</g:ele><g:time/><g:x><hr>99</hr></g:x></g:trkpt>", ""},
		{"something in front", func(d *document) { d.insertFirst(d.points[0].node, "<!---->") }, "' ><g:ele>", "' ><!----><g:ele>"},
		{"something behind", func(d *document) { d.insertLast(d.points[0].node, "<!---->") }, "</g:x></g:trkpt>", "</g:x><!----></g:trkpt>"},
		{"something in an empty element", func(d *document) { d.insertLast(d.points[1].node, d.element(d.points[1].node, "time", "x")) }, `<g:trkpt lon="4"/>`, `<g:trkpt lon="4"><g:time>x</g:time></g:trkpt>`},
		{"two in one place keep their order", func(d *document) {
			d.insertFirst(d.points[0].node, "<a/>")
			d.insertFirst(d.points[0].node, "<b/>")
		}, "' ><g:ele>", "' ><a/><b/><g:ele>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.Replace(doc, tt.from, tt.to, 1), edited(tt.change)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAttribute(t *testing.T) {
	for _, tt := range []struct{ tag, name, want string }{
		{`<a lat="1">`, "lat", "1"},
		{`<a minlat="1" lat='2'>`, "lat", "2"},
		{`<a x='lat="3"' lat = "4">`, "lat", "4"},
		{`<a lat="">`, "lat", ""},
		{`<a lon="1">`, "lat", "-"},
		{`<a lat="1`, "lat", "-"},
		{`<a>`, "lat", "-"},
	} {
		from, to := attribute([]byte(tt.tag), 0, tt.name)
		got := "-"
		if to > 0 {
			got = tt.tag[from:to]
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.tag, got, tt.want)
		}
	}
}

func TestStamp(t *testing.T) {
	const ms = 1551517200000 // 2019-03-02T09:00:00Z
	for _, tt := range []struct {
		ms   int64
		like string
		want string
	}{
		{ms, "", "2019-03-02T09:00:00Z"},
		{ms + 500, "", "2019-03-02T09:00:00.500Z"},
		{ms, "2010-01-01T00:00:00Z", "2019-03-02T09:00:00Z"},
		{ms, "2010-01-01T00:00:00.000Z", "2019-03-02T09:00:00.000Z"},
		{ms, "2010-01-01T00:00:00+02:00", "2019-03-02T11:00:00+02:00"},
		{ms, "2010-01-01T00:00:00.25-0330", "2019-03-02T05:30:00.000-03:30"},
		{ms, "2010-01-01T00:00:00", "2019-03-02T09:00:00"},
		{ms, "yesterday", "2019-03-02T09:00:00Z"},
	} {
		if got := stamp(tt.ms, []byte(tt.like)); got != tt.want {
			t.Errorf("like %q: %s, want %s", tt.like, got, tt.want)
		}
	}
}
