package load

import (
	"context"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/tcx"
)

// Default returns the codecs of this module. The slice belongs to the caller.
func Default() Registry {
	return Registry{
		{Format: "tcx", Sniff: TCX.Match, Decode: decodeTCX},
		{Format: "gpx", Sniff: GPX.Match, Decode: decodeGPX},
		{Format: "fit", Sniff: FIT.Match, Decode: decodeFIT},
	}
}

func decodeTCX(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return tcx.Decode(ctx, r, tcx.Options{Zone: o.Zone, KeepSource: o.KeepSource})
}

func decodeGPX(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return gpx.Decode(ctx, r, gpx.Options{Zone: o.Zone, KeepSource: o.KeepSource})
}

func decodeFIT(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return fit.Decode(ctx, r, fit.Options{KeepSource: o.KeepSource})
}
