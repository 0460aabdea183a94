package load

import (
	"context"
	"io"

	"github.com/bandport/bandport/pkg/activity"
	"github.com/bandport/bandport/pkg/fit"
	"github.com/bandport/bandport/pkg/gpx"
	"github.com/bandport/bandport/pkg/mshealth"
	"github.com/bandport/bandport/pkg/tcx"
	"github.com/bandport/bandport/pkg/zepp"
)

// Default returns the codecs of this module. The slice belongs to the caller.
func Default() Registry {
	return Registry{
		{Format: "tcx", Sniff: TCX.Match, Decode: decodeTCX},
		{Format: "gpx", Sniff: GPX.Match, Decode: decodeGPX},
		{Format: "fit", Sniff: FIT.Match, Decode: decodeFIT},
		{Format: "zepp", Sniff: zepp.IsCloud, Decode: decodeZeppCloud},
		{Format: "zepp", Sniff: zepp.IsSport, Decode: decodeZeppSport},
		{Format: "mshealth", Sniff: mshealth.IsCloud, Decode: decodeHealthCloud},
		{Format: "mshealth", Sniff: mshealth.IsTable, Decode: decodeHealthTable},
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

func decodeZeppCloud(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return zepp.DecodeCloud(ctx, r, zepp.Options{Types: o.ZeppTypes})
}

func decodeZeppSport(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return zepp.DecodeSport(ctx, r, zepp.Options{Types: o.ZeppTypes})
}

func decodeHealthCloud(ctx context.Context, r io.Reader, _ Options) (activity.File, error) {
	return mshealth.DecodeCloud(ctx, r)
}

func decodeHealthTable(ctx context.Context, r io.Reader, o Options) (activity.File, error) {
	return mshealth.DecodeTable(ctx, r, mshealth.Options{Zone: o.Zone})
}
