package finding

// Definition is the catalogue's entry for a code.
type Definition struct {
	Code     Code
	Severity Severity
	Message  string // one sentence in the singular, without a full stop
	Strava   string // what Strava does with it, as far as known
	Fix      string // what the user can do, or the name of the repair; may be empty
}

// The codes. Those that begin with a format's name concern that format alone.
const (
	// Getting at the bytes.
	NotFound      Code = "file.notfound"
	Unreadable    Code = "file.unreadable"
	EmptyFile     Code = "file.empty"
	TooLarge      Code = "file.toolarge"
	UnknownFormat Code = "file.unknown"
	NotYet        Code = "file.notyet"
	Internal      Code = "file.internal"
	BadGzip       Code = "gzip.corrupt"
	GzipTruncated Code = "gzip.truncated"

	ZipCorrupt       Code = "zip.corrupt"
	ZipPassword      Code = "zip.password.missing"
	ZipWrongPassword Code = "zip.password.wrong"
	ZipMethod        Code = "zip.method"
	ZipLimit         Code = "zip.limit"

	// What the samples contradict, whatever the format.
	SportGuessed Code = "sport.guessed"
	PositionJump Code = "position.jump"
	SportTooFast Code = "sport.toofast"
	// About the recalculation.
	PastRules Code = "recalc.past"

	// What only the workout as a whole shows, whatever the format; see package check.
	Oversize         Code = "file.oversize"
	TimeFuture       Code = "time.future"
	TimeRollover     Code = "time.rollover"
	TimeStandstill   Code = "time.standstill"
	TimeShift        Code = "time.shift"
	PositionSpike    Code = "position.spike"
	AltitudeSpike    Code = "altitude.spike"
	HeartRateInvalid Code = "heartrate.invalid"
	HeartRateSpike   Code = "heartrate.spike"
	CadenceDoubled   Code = "cadence.doubled"
	TotalsDistance   Code = "totals.distance"
	TotalsTime       Code = "totals.time"
	DeviceBarometer  Code = "device.barometer"
	GPXHeartRateTag  Code = "gpx.heartrate.tag"

	// XML, shared by TCX and GPX.
	XMLTruncated       Code = "xml.truncated"
	XMLMalformed       Code = "xml.malformed"
	XMLDoctype         Code = "xml.doctype"
	XMLLimit           Code = "xml.limit"
	XMLEncoding        Code = "xml.encoding"
	XMLEncodingUnknown Code = "xml.encoding.unknown"
	XMLInvalidText     Code = "xml.invalidtext"
	XMLPrefix          Code = "xml.prefix"
	XMLLeading         Code = "xml.leading"

	// TCX.
	TCXEmpty         Code = "tcx.empty"
	TCXCourse        Code = "tcx.course"
	TCXNoLaps        Code = "tcx.laps.missing"
	TCXNoTrackpoints Code = "tcx.trackpoints.missing"
	TCXOneTrackpoint Code = "tcx.trackpoints.single"
	TCXNoStart       Code = "tcx.start.missing"
	TCXLapStart      Code = "tcx.lap.start"
	TCXLapTime       Code = "tcx.lap.time"
	TCXSportMissing  Code = "tcx.sport.missing"
	TCXSportUnknown  Code = "tcx.sport.unknown"
	TCXTimeMissing   Code = "tcx.time.missing"
	TCXTimeInvalid   Code = "tcx.time.invalid"
	TCXTimeZone      Code = "tcx.time.zone"
	TCXTimeBackward  Code = "tcx.time.backward"
	TCXTimeDouble    Code = "tcx.time.double"
	TCXTimeImplaus   Code = "tcx.time.implausible"
	TCXNumber        Code = "tcx.number.invalid"
	TCXNumberEmpty   Code = "tcx.number.empty"
	TCXNumberComma   Code = "tcx.number.comma"
	TCXPositionZero  Code = "tcx.position.zero"
	TCXPositionRange Code = "tcx.position.range"
	TCXAltitudeRange Code = "tcx.altitude.range"
	TCXHeartRateBare Code = "tcx.heartrate.bare"
	TCXHeartRateZero Code = "tcx.heartrate.zero"
	TCXCaloriesPlace Code = "tcx.calories.place"
	TCXDistanceBack  Code = "tcx.distance.backward"

	// GPX.
	GPXEmpty         Code = "gpx.empty"
	GPXNoTrackpoints Code = "gpx.trackpoints.missing"
	GPXOneTrackpoint Code = "gpx.trackpoints.single"
	GPXNoTimes       Code = "gpx.times.missing"
	GPXTimeMissing   Code = "gpx.time.missing"
	GPXTimeInvalid   Code = "gpx.time.invalid"
	GPXTimeZone      Code = "gpx.time.zone"
	GPXTimeBackward  Code = "gpx.time.backward"
	GPXTimeDouble    Code = "gpx.time.double"
	GPXTimeImplaus   Code = "gpx.time.implausible"
	GPXSportMissing  Code = "gpx.sport.missing"
	GPXSportUnknown  Code = "gpx.sport.unknown"
	GPXNumber        Code = "gpx.number.invalid"
	GPXNumberEmpty   Code = "gpx.number.empty"
	GPXNumberComma   Code = "gpx.number.comma"
	GPXPositionZero  Code = "gpx.position.zero"
	GPXPositionRange Code = "gpx.position.range"
	GPXAltitudeRange Code = "gpx.altitude.range"
	GPXHeartRateZero Code = "gpx.heartrate.zero"
	GPXSegments      Code = "gpx.segments"
	GPXInterleaved   Code = "gpx.tracks.interleaved"
	GPXRoutes        Code = "gpx.routes"
	GPXWaypoints     Code = "gpx.waypoints"
	GPXPhone         Code = "gpx.phone"

	// FIT.
	FITSignature      Code = "fit.signature"
	FITEmpty          Code = "fit.empty"
	FITLeading        Code = "fit.leading"
	FITTrailing       Code = "fit.trailing"
	FITTruncated      Code = "fit.truncated"
	FITMalformed      Code = "fit.malformed"
	FITLimit          Code = "fit.limit"
	FITSize           Code = "fit.size"
	FITHeaderCRC      Code = "fit.crc.header"
	FITCRC            Code = "fit.crc"
	FITCRCMissing     Code = "fit.crc.missing"
	FITChained        Code = "fit.chained"
	FITType           Code = "fit.type"
	FITBaseType       Code = "fit.basetype"
	FITFieldSize      Code = "fit.field.size"
	FITUnknownField   Code = "fit.field.unknown"
	FITUnknownMessage Code = "fit.message.unknown"
	FITDeveloper      Code = "fit.developer.skipped"
	FITNoSession      Code = "fit.session.missing"
	FITNoRecords      Code = "fit.records.missing"
	FITSportMissing   Code = "fit.sport.missing"
	FITSportUnknown   Code = "fit.sport.unknown"
	FITTimeMissing    Code = "fit.time.missing"
	FITTimeRelative   Code = "fit.time.relative"
	FITTimeBackward   Code = "fit.time.backward"
	FITTimeDouble     Code = "fit.time.double"
	FITTimeImplaus    Code = "fit.time.implausible"
	FITNumber         Code = "fit.number.invalid"
	FITPositionZero   Code = "fit.position.zero"
	FITPositionRange  Code = "fit.position.range"
	FITAltitudeRange  Code = "fit.altitude.range"
	FITHeartRateZero  Code = "fit.heartrate.zero"

	FITHeartRateMemory Code = "fit.heartrate.memory"

	// Archives of vendors: Zepp, Microsoft Health, Strava's bulk export.
	CSVRow        Code = "csv.row"
	CSVHeader     Code = "csv.header"
	JSONMalformed Code = "json.malformed"
	TrackMissing  Code = "track.missing"
	ZeppType      Code = "zepp.type"
	ZeppNoSummary Code = "zepp.summary.missing"
	ZeppList      Code = "zepp.list"
	ZeppDistance  Code = "zepp.distance"
	ZeppPace      Code = "zepp.pace"
	ZeppZone      Code = "zepp.heartrate.zone"
	HealthDaily   Code = "mshealth.daily"
	HealthOther   Code = "mshealth.other"
	HealthZone    Code = "mshealth.zone"
	HealthTimes   Code = "mshealth.times"
	ExportUnits   Code = "strava.units"
	ExportSport   Code = "strava.sport"
	ClocksDiffer  Code = "clocks.differ"
)

// The codes of conversion: what the target format cannot hold, and what kept a
// result from being written.
const (
	ConvertEmpty      Code = "convert.empty"
	ConvertTogether   Code = "convert.together"
	ConvertStrict     Code = "convert.strict"
	ConvertVerify     Code = "convert.verify"
	ConvertUnverified Code = "convert.unverified"
	ConvertChanged    Code = "convert.changed"
	ConvertFilled     Code = "convert.filled"
	ConvertRounded    Code = "convert.rounded"
	ConvertCadence    Code = "convert.cadence.halved"
	ConvertBarometer  Code = "convert.barometer"

	LostPoints      Code = "convert.lost.points"
	LostTime        Code = "convert.lost.time"
	LostPosition    Code = "convert.lost.position"
	LostAltitude    Code = "convert.lost.altitude"
	LostDistance    Code = "convert.lost.distance"
	LostSpeed       Code = "convert.lost.speed"
	LostHeartRate   Code = "convert.lost.heartrate"
	LostCadence     Code = "convert.lost.cadence"
	LostPower       Code = "convert.lost.power"
	LostTemperature Code = "convert.lost.temperature"
	LostPauses      Code = "convert.lost.pauses"
	LostPauseTimes  Code = "convert.lost.pauses.times"
	LostLaps        Code = "convert.lost.laps"
	LostLapTotals   Code = "convert.lost.laps.totals"
	LostLapKind     Code = "convert.lost.laps.kind"
	LostTotals      Code = "convert.lost.totals"
	LostStreams     Code = "convert.lost.streams"
	LostApp         Code = "convert.lost.app"
	LostLengths     Code = "convert.lost.lengths"
	LostDevices     Code = "convert.lost.devices"
	LostSport       Code = "convert.lost.sport"
	LostName        Code = "convert.lost.name"
	LostNotes       Code = "convert.lost.notes"
	LostCreator     Code = "convert.lost.creator"
	LostDevice      Code = "convert.lost.device"
	LostZone        Code = "convert.lost.zone"
	LostStart       Code = "convert.lost.start"

	OutputExists Code = "output.exists"
	OutputInput  Code = "output.input"
	OutputFailed Code = "output.failed"
)

// catalogue is every finding that the program can make.
var catalogue = []Definition{
	{NotFound, Error, "there is no such file or folder", "", "check the path"},
	{Unreadable, Error, "the file cannot be read", "", "check that you may read it and that the disk is well"},
	{EmptyFile, Error, "the file is empty", "Strava answers that the file is empty", "export it once more"},
	{TooLarge, Error, "the file is larger than the limit", "Strava takes files up to 25 MB", "raise the limit with --max-size if you trust the file"},
	{UnknownFormat, Error, "this is no workout file: neither TCX nor GPX nor FIT", "Strava answers that it does not recognise the file type", "give a TCX, GPX or FIT file, also gzipped"},
	{NotYet, Error, "this version does not read this format yet", "", "export the workout as TCX or GPX"},
	{Internal, Error, "the program stumbled over this file", "Strava may well read it", "please report it, with the file if you can share it"},
	{BadGzip, Error, "the gzip data is damaged", "Strava rejects it", "export or download it once more"},
	{GzipTruncated, Error, "the gzip data ends too early", "Strava rejects it", "export or download it once more"},

	{ZipCorrupt, Error, "the archive, or a file in it, is damaged", "Strava does not take archives", "download it once more"},
	{ZipPassword, Error, "the archive has a password", "Strava does not take archives", "give it with --password-file FILE, or in BANDPORT_ARCHIVE_PASSWORD"},
	{ZipWrongPassword, Error, "the password does not open the archive", "Strava does not take archives", "check the password; it came with the e-mail of the export"},
	{ZipMethod, Error, "a file in the archive is packed in a way that is not known", "Strava does not take archives", "unpack the archive with another program and give the folder"},
	{ZipLimit, Error, "the archive exceeds a limit that protects against hostile files", "Strava does not take archives", "raise the limit with --max-entries, --max-nesting, --max-ratio or --max-total if you trust the archive"},

	{PositionJump, Info, "a position of a ride that cannot be was left out of the distance", "Strava leaves them out too, not always the same", ""},
	{SportGuessed, Info, "the file names no sport; it was guessed by the speed", "Strava takes the athlete's default sport", "say it with --sport"},
	{SportTooFast, Warning, "the file says that it is a run, but nobody runs so fast; it was taken for a ride", "Strava files it as a run until you change its sport there", "say the sport with --sport, and correct it on Strava"},
	{PastRules, Info, "Strava has changed a rule since this workout; its figures follow the rules of that day", "Strava goes by the day of the upload", "--uploaded today shows what an upload now would give"},

	{Oversize, Error, "the file is larger than the 25 MB that Strava takes", "Strava rejects it", "send it gzipped, or convert it to FIT"},
	{TimeFuture, Error, "the workout begins or ends in the future", "Strava files it under a date to come, or rejects it", "bandport fix --start TIME, or --shift DURATION where the zone was taken twice"},
	{TimeRollover, Error, "the date is that of a GPS receiver whose count of weeks began anew: 1,024 weeks too early", "Strava files the workout under that date", "bandport fix adds the 1,024 weeks"},
	{TimeShift, Info, "all times were moved by as much as was asked for", "Strava files the workout under the new time", "bandport fix --shift DURATION"},
	{TimeStandstill, Error, "all trackpoints have the same time", "Strava sees a workout that took no time, and answers that the file is empty", "bandport fix --start TIME --pace PACE makes times from the distance"},
	{PositionSpike, Warning, "a position lies far off the track for a moment", "Strava draws the detour, and counts it where the file holds no distances", "bandport fix takes the position out"},
	{AltitudeSpike, Warning, "an altitude leaps away and back at once", "Strava counts the metres of climbing where it takes the altitudes of the file", "bandport fix takes the altitude out"},
	{HeartRateInvalid, Warning, "a heart rate is 255, which stands for none", "Strava shows it as the maximum", "bandport fix takes it out"},
	{HeartRateSpike, Warning, "a heart rate leaps to where none can be", "Strava shows it as the maximum", "bandport fix takes it out"},
	{CadenceDoubled, Warning, "the cadence counts the steps of both legs", "Strava doubles the cadence of runs and walks, and shows twice the steps", "bandport fix halves it"},
	{TotalsDistance, Warning, "the distance that the file claims is not that of its trackpoints", "Strava goes by the trackpoints", ""},
	{TotalsTime, Warning, "the time that the file claims is longer than its trackpoints last", "Strava goes by the trackpoints", ""},
	{DeviceBarometer, Info, "the device has a barometer, but Strava does not know it under this name", "Strava takes altitudes from its map instead", "bandport fix --only device.barometer adds \"with barometer\" to the name, which Strava honoured in some cases"},

	{XMLTruncated, Error, "the file ends in the middle", "Strava rejects the file as malformed", "export it once more; bandport fix saves what is there"},
	{XMLMalformed, Error, "the file is not well-formed XML", "Strava rejects the file as malformed", "export it once more; bandport fix saves what is there"},
	{XMLDoctype, Error, "the file holds a document type declaration, which is refused because it can hide an attack", "not known", "remove the <!DOCTYPE …> if you trust the file"},
	{XMLLimit, Error, "the file exceeds a limit that protects against hostile XML", "not known", "docs/limits.md tells the limits"},
	{XMLEncoding, Info, "the file is not in UTF-8; it was converted", "none known", ""},
	{XMLEncodingUnknown, Error, "the file names a text encoding that is not known", "not known", "save it as UTF-8"},
	{XMLInvalidText, Error, "the file holds bytes that are no text in its encoding; they were replaced", "Strava rejects the file as malformed", "save it in the encoding that its first line names"},
	{XMLPrefix, Info, "a name prefix is used but not declared", "none known; strict readers reject the file", ""},
	{XMLLeading, Info, "blanks stand before the XML declaration", "none: Strava's own exports have them", ""},

	{TCXEmpty, Error, "the file is TCX but holds no workout", "Strava answers that the file is empty", "export the workout, not only its frame"},
	{TCXCourse, Warning, "this is a course, a plan to follow, and not a recorded workout; its times are made up", "Strava reads courses as if they were workouts", "export the activity instead"},
	{TCXNoLaps, Error, "the workout has no lap", "Strava answers that the file is empty", ""},
	{TCXNoTrackpoints, Error, "the workout has no trackpoint with a time, only the totals of the laps", "Strava answers that the file is empty", "enter the workout on Strava by hand"},
	{TCXOneTrackpoint, Error, "the workout has only one trackpoint", "Strava answers that the file is empty: it needs two to see a duration", ""},
	{TCXNoStart, Error, "nothing in the workout tells when it began", "Strava needs a time: it rejects the file", ""},
	{TCXLapStart, Info, "a lap has no StartTime; its first trackpoint, or the end of the lap before, stands in", "none known", ""},
	{TCXLapTime, Warning, "a lap has a negative TotalTimeSeconds; it is taken as unknown", "Strava takes its times from the trackpoints", ""},
	{TCXSportMissing, Warning, "the workout names no sport", "Strava takes the athlete's default sport", "say it with --sport"},
	{TCXSportUnknown, Warning, "the workout names a sport that Strava does not read from TCX", "Strava takes the athlete's default sport", "say it with --sport"},
	{TCXTimeMissing, Warning, "a trackpoint has no time; it was left out", "Strava ignores such points, or rejects a file where all times are missing", ""},
	{TCXTimeInvalid, Warning, "a time cannot be read; it was taken as missing", "Strava ignores such points", ""},
	{TCXTimeZone, Info, "times have no time zone; they are taken as UTC, as Strava does, or as --tz says", "Strava reads them as UTC", ""},
	{TCXTimeBackward, Warning, "a time is earlier than the one before it", "Strava sorts or drops such points", ""},
	{TCXTimeDouble, Info, "two trackpoints have the same time; the first one counts", "Strava keeps the first", ""},
	{TCXTimeImplaus, Error, "a time is before 1990 or after 2100", "Strava files the workout under a wrong date, or rejects it", ""},
	{TCXNumber, Warning, "a number cannot be read; it was taken as missing", "Strava ignores it or rejects the file", ""},
	{TCXNumberEmpty, Info, "a number is empty; it was taken as missing", "none known", ""},
	{TCXNumberComma, Error, "numbers have decimal commas; they were read as decimal points", "Strava rejects the file, or cuts the numbers at the comma", ""},
	{TCXPositionZero, Warning, "a position is 0,0 in the Gulf of Guinea; it was taken as missing", "Strava draws a line to Africa; the distance is that of the file where it has one", ""},
	{TCXPositionRange, Warning, "a position is incomplete or not on earth; it was taken as missing", "Strava ignores it or rejects the file", ""},
	{TCXAltitudeRange, Warning, "an altitude is below −1,000 m or above 20,000 m; it was taken as missing", "Strava may count metres of climbing that never were", ""},
	{TCXHeartRateBare, Info, "a heart rate stands without its <Value> element", "Strava may not see it", ""},
	{TCXHeartRateZero, Warning, "a heart rate is 0", "Strava counts zeros into the average", ""},
	{TCXCaloriesPlace, Warning, "calories stand outside the laps", "Strava reads the laps' calories only", ""},
	{TCXDistanceBack, Info, "the distance of a trackpoint is smaller than that of the one before", "Strava counts such a step as 0", ""},

	{GPXEmpty, Error, "the file is GPX but holds neither track nor route nor waypoint", "Strava answers that the file is empty", "export the workout, not only its frame"},
	{GPXNoTrackpoints, Error, "the file holds no trackpoint", "Strava answers that the file is empty", "export the activity instead"},
	{GPXOneTrackpoint, Error, "the track has only one trackpoint", "Strava answers that the file is empty: it needs two to see a duration", ""},
	{GPXNoTimes, Error, "no trackpoint has a time", "Strava answers that time information is missing", "export the workout with its times"},
	{GPXTimeMissing, Warning, "a trackpoint has no time; it was left out", "Strava ignores such points, or rejects a file where all times are missing", ""},
	{GPXTimeInvalid, Warning, "a time cannot be read; it was taken as missing", "Strava ignores such points", ""},
	{GPXTimeZone, Info, "times have no time zone; they are taken as UTC, as Strava does, or as --tz says", "Strava reads them as UTC", ""},
	{GPXTimeBackward, Warning, "a time is earlier than the one before it", "Strava sorts or drops such points", ""},
	{GPXTimeDouble, Info, "two trackpoints have the same time; the first one counts", "Strava keeps the first", ""},
	{GPXTimeImplaus, Error, "a time is before 1990 or after 2100", "Strava files the workout under a wrong date, or rejects it", ""},
	{GPXSportMissing, Info, "the track names no sport", "Strava takes the athlete's default sport", "say it with --sport"},
	{GPXSportUnknown, Info, "the track names a sport that is not known", "Strava takes the athlete's default sport", "say it with --sport"},
	{GPXNumber, Warning, "a number cannot be read; it was taken as missing", "Strava ignores it or rejects the file", ""},
	{GPXNumberEmpty, Info, "a number is empty; it was taken as missing", "none known", ""},
	{GPXNumberComma, Error, "numbers have decimal commas; they were read as decimal points", "Strava rejects the file, or cuts the numbers at the comma", ""},
	{GPXPositionZero, Error, "a position is 0,0 in the Gulf of Guinea; it was taken as missing", "Strava draws a line to Africa and counts thousands of kilometres", ""},
	{GPXPositionRange, Warning, "a position is incomplete or not on earth; it was taken as missing", "Strava ignores it or rejects the file", ""},
	{GPXAltitudeRange, Warning, "an altitude is below −1,000 m or above 20,000 m; it was taken as missing", "Strava may count metres of climbing that never were", ""},
	{GPXHeartRateZero, Warning, "a heart rate is 0", "Strava counts zeros into the average", ""},
	{GPXHeartRateTag, Warning, "a heart rate stands under a name or in a namespace that Strava does not read", "Strava ignores it", "bandport fix adds it under a name that Strava reads"},
	{GPXSegments, Warning, "the track is interrupted: it has several segments", "Strava ignores the breaks: a pause becomes a straight line, and its time may count", ""},
	{GPXInterleaved, Warning, "tracks overlap in time; they were read as one workout", "not known", ""},
	{GPXRoutes, Info, "the file holds routes; they are plans and no part of the workout", "Strava ignores them", ""},
	{GPXWaypoints, Info, "the file holds waypoints; they are no part of the workout", "Strava ignores them", ""},
	{GPXPhone, Info, "this was recorded by Strava's phone app, whose pauses are not in the file; its distance is measured as the app does it", "Strava shows the app's figures; who uploads the file again gets those of any GPX (`--uploaded`)", ""},

	{FITSignature, Error, "the file is no FIT: it has no header", "Strava answers that it does not recognise the file type", "export or download the file anew"},
	{FITEmpty, Error, "the file is FIT but holds no workout", "Strava answers that the file is empty", "export the activity instead"},
	{FITLeading, Error, "bytes stand before the header; they were passed over", "Strava does not recognise the file type", ""},
	{FITTrailing, Info, "bytes that are no FIT stand behind the workout; they were passed over", "none known", ""},
	{FITTruncated, Error, "the file ends in the middle", "Strava rejects it or reads the part before the end", "get the file anew from the device or service"},
	{FITMalformed, Error, "the file is damaged", "Strava rejects it or reads the part before the damage", "get the file anew from the device or service"},
	{FITLimit, Error, "the file is beyond what is read of one file", "not known", ""},
	{FITSize, Error, "the header does not say how long the data is; it was read to the end", "Strava rejects the file as malformed", ""},
	{FITHeaderCRC, Info, "the checksum of the header is wrong", "none known", ""},
	{FITCRC, Error, "the checksum of the file is wrong: something in it was changed or damaged", "Strava rejects the file as malformed", "get the file anew from the device or service"},
	{FITCRCMissing, Error, "the file ends before its checksum", "Strava rejects the file as malformed", ""},
	{FITChained, Info, "the file is a chain of several FIT files", "not known", ""},
	{FITType, Error, "the file is not of the type activity", "Strava reads activity files only", "export the activity instead"},
	{FITBaseType, Info, "a field has a base type that the format does not have; it was read as the one that was meant, or as missing", "not known", ""},
	{FITFieldSize, Info, "the size of a field is no multiple of its base type; it was taken as missing", "not known", ""},
	{FITUnknownField, Info, "a field is not in the published profile; it was passed over", "Strava ignores it", ""},
	{FITUnknownMessage, Info, "a message is not in the published profile; it was passed over", "Strava ignores it", ""},
	{FITDeveloper, Info, "a developer field is not a number of a record or is not described; it was passed over", "Strava ignores most developer fields", ""},
	{FITNoSession, Warning, "the file holds no session, the summary of the workout", "Strava takes sport and totals from it, and may reject a file without", ""},
	{FITNoRecords, Warning, "the workout holds no record", "Strava may answer that the file is empty", ""},
	{FITSportMissing, Info, "the file names no sport", "Strava takes the athlete's default sport", "say it with --sport"},
	{FITSportUnknown, Info, "the file names a sport that Strava does not have", "Strava takes the athlete's default sport", "say it with --sport"},
	{FITTimeMissing, Warning, "a record has no time; it was left out", "Strava ignores such records", ""},
	{FITTimeRelative, Error, "a time counts from when the device was switched on, not from a date; it was taken as one of the nineties", "Strava files the workout under a wrong date, or rejects it", ""},
	{FITTimeBackward, Warning, "a time is earlier than the one before it", "Strava sorts or drops such records", ""},
	{FITTimeDouble, Info, "two records have the same time; the first one counts", "Strava keeps the first", ""},
	{FITTimeImplaus, Error, "a time is after 2100", "Strava files the workout under a wrong date, or rejects it", ""},
	{FITNumber, Warning, "a number is out of all reason; it was taken as missing", "not known", ""},
	{FITPositionZero, Warning, "a position is 0,0 in the Gulf of Guinea; it was taken as missing", "Strava may draw a line to Africa; the distance is that of the records", ""},
	{FITPositionRange, Warning, "a position is incomplete or not on earth; it was taken as missing", "Strava ignores it or rejects the file", ""},
	{FITAltitudeRange, Warning, "an altitude is below −1,000 m or above 20,000 m; it was taken as missing", "Strava may count metres of climbing that never were", ""},
	{FITHeartRateMemory, Info, "heart rates that a strap had kept in its memory were given to the records that had none", "Strava reads them too", ""},
	{FITHeartRateZero, Warning, "a heart rate is 0", "Strava counts zeros into the average", ""},

	{ConvertEmpty, Error, "the workout has nothing that the format can hold", "none: nothing was written", "choose another format: FIT holds workouts without positions"},
	{ConvertTogether, Error, "the file holds several workouts that cannot stand together in one file of the format", "none: nothing was written", "give each its own file with --split-activities and -o FOLDER"},
	{ConvertStrict, Error, "something would be lost, and --strict forbids that", "none: nothing was written", "choose another format, or leave out --strict"},
	{ConvertVerify, Error, "another reader does not read what was written as it should be", "none: the result did not get its name", "please report it; the result is kept under its name with .rejected behind"},
	{ConvertUnverified, Warning, "the other reader cannot read the source, so that the result could not be held against it", "none", "look at the result with bandport summary"},
	{ConvertChanged, Error, "the file was changed while it was read", "none: nothing was written", "convert it again when nothing writes to it any more"},
	{ConvertFilled, Info, "the format demands a figure that the workout does not have; it was computed, or written as 0", "depends on the figure; calories of 0 in a TCX are shown as such", "--for strava leaves out what Strava does not demand"},
	{ConvertRounded, Info, "a figure was rounded to the steps in which the format counts", "none", ""},
	{ConvertCadence, Info, "the cadence counted both legs; it was halved", "Strava doubles the cadence of runs and walks", ""},
	{ConvertBarometer, Info, "the name of the device says, or no longer says, that it has a barometer", "Strava takes the altitudes of such devices as they are, and looks up those of others", ""},

	{LostPoints, Warning, "a point has no place in the format and was left out", "Strava does not get it", "FIT and TCX hold points without a position"},
	{LostTime, Info, "a time lost its fraction of a second", "Strava counts whole seconds", "TCX and GPX keep fractions"},
	{LostPosition, Warning, "a position was lost", "Strava does not get it", ""},
	{LostAltitude, Warning, "an altitude was lost", "Strava does not get it", ""},
	{LostDistance, Warning, "a distance of the device was lost", "Strava counts the distance from the positions", ""},
	{LostSpeed, Info, "a speed was lost", "Strava computes it", ""},
	{LostHeartRate, Warning, "a heart rate was lost", "Strava does not get it", ""},
	{LostCadence, Warning, "a cadence was lost", "Strava does not get it", ""},
	{LostPower, Warning, "a power was lost", "Strava does not get it", ""},
	{LostTemperature, Info, "a temperature was lost", "Strava shows it as a curve, if at all", "GPX and FIT hold temperatures"},
	{LostPauses, Warning, "a pause was lost", "Strava may count it as moving time", "choose FIT, which holds pauses as they were"},
	{LostPauseTimes, Info, "a pause begins or ends at the points beside it instead of at its own time", "differences of a second or so", "FIT holds the times of pauses"},
	{LostLaps, Warning, "a lap, or which points are its own, was lost", "Strava does not show it", "FIT and TCX hold laps"},
	{LostLapTotals, Info, "a figure that the device gave for a lap was lost", "Strava computes it", ""},
	{LostLapKind, Info, "what ended a lap, or how hard it was, was lost", "none known", ""},
	{LostTotals, Warning, "a figure that the device gave for the workout was lost", "Strava computes it; calories of the device count only in FIT and TCX", ""},
	{LostStreams, Info, "a value that an app on the device recorded was lost", "Strava ignores most of them", "FIT holds them"},
	{LostApp, Info, "which app on the device recorded a value was lost", "Strava may not know the value", "between FIT files of one workout each it is kept"},
	{LostLengths, Warning, "a length of the pool was lost", "Strava counts the moving time of a swim from them", "keep swims in FIT"},
	{LostDevices, Info, "what is known of a sensor or another device was lost", "none known", ""},
	{LostSport, Warning, "the format has no word for the sport", "Strava takes the athlete's default sport, or one that is near", "say it with --for strava, or when uploading"},
	{LostName, Info, "the title was lost, or cut", "Strava gives the workout a name by the time of the day", "GPX holds titles"},
	{LostNotes, Info, "the description was lost, or cut", "none", "GPX and TCX hold descriptions"},
	{LostCreator, Info, "the name of what wrote the file was lost", "Strava shows the device, where it knows it", ""},
	{LostDevice, Info, "something that is known of the device was lost", "Strava may not know the device, and look up altitudes", ""},
	{LostZone, Info, "the local time was lost", "Strava tells it from the place of the start", "FIT holds the local time"},
	{LostStart, Info, "the start of the workout became that of its first point", "Strava counts from the first point in GPX and TCX", ""},

	{OutputExists, Error, "there is a file of that name already", "none: nothing was written", "choose another name or folder with -o, or replace it with --force"},
	{OutputInput, Error, "the result would take the place of an input, which is never done", "none: nothing was written", "choose another folder with -o"},
	{OutputFailed, Error, "the result cannot be written", "none: nothing was written", "check that there is room and that you may write there"},
	{CSVRow, Warning, "a row cannot be read; it was left out", "Strava takes no tables", "look at the line that is named"},
	{CSVHeader, Error, "the columns cannot be told by the first line", "Strava takes no tables", "give the file as it was exported, with its first line"},
	{JSONMalformed, Error, "the file is not well-formed JSON, or ends in the middle", "Strava takes no JSON", "get it from the service anew"},
	{TrackMissing, Warning, "the archive holds the totals of the workout but no track", "there is nothing to upload", "enter the workout on Strava by hand, or with bandport upload --manual"},
	{ZeppType, Info, "the number for the kind of workout means different sports in different lists of Zepp", "", "say which it is with --sport, or once and for all: bandport config set zepp-types 6=Walk,9=Ride"},
	{ZeppNoSummary, Info, "the track comes without its summary, which holds the sport and the band's own figures", "", "give the summary with diff --with"},
	{ZeppList, Warning, "the lists of the track do not fit together; what has no partner was left out", "Strava takes no such file; what was left out is not uploaded", "get it from the service anew"},
	{ZeppDistance, Info, "the distances of the samples do not add up to the band's total; the positions count instead", "", ""},
	{ZeppPace, Info, "the pace of a row contradicts its time and distance", "", ""},
	{ZeppZone, Info, "heart rates are in local time and were not joined, because no time zone is known", "", "say it with --tz, such as --tz Europe/Warsaw"},
	{HealthDaily, Warning, "this is the daily table of Microsoft Health: it holds sums of days and no single workout", "there is nothing to upload", "give the table of activities"},
	{HealthOther, Info, "a row is no workout, such as sleep; it was left out", "", ""},
	{HealthZone, Info, "the times of the table have no time zone; they were taken as UTC, or as --tz says", "", "say it with --tz, such as --tz America/New_York"},
	{HealthTimes, Warning, "points have no times of their own; they were reckoned from the distances", "Strava would show the reckoned times", ""},
	{ExportUnits, Warning, "distance, speed and time of a row contradict each other", "that is how Strava exported it", ""},
	{ExportSport, Info, "a sport is named in a language that is not known; it fits to any", "", ""},
	{ClocksDiffer, Warning, "the two accounts of a workout differ by whole or half hours: one of the clocks is in another time zone", "Strava takes times without a zone as UTC", "say the zone with --tz"},
}

// Lookup returns the catalogue's entry for a code.
func Lookup(code Code) (Definition, bool) {
	for _, d := range catalogue {
		if d.Code == code {
			return d, true
		}
	}
	return Definition{}, false
}

// Catalogue returns every finding that the program can make, in the order in
// which the documentation lists them.
func Catalogue() []Definition {
	out := make([]Definition, len(catalogue))
	copy(out, catalogue)
	return out
}
