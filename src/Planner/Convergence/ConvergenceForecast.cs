using System.Globalization;

namespace Migrate.Planner.Convergence;

/// <summary>
/// How the passes of a warm copy go on: whether their changes get few enough for the allowed downtime, after how many passes, and how long
/// the last one takes. A pure function of <see cref="PassModel"/>.
/// </summary>
/// <remarks>
/// <para>
/// The model is that of live migration by pre-copy (C. Clark et al., Live Migration of Virtual Machines, NSDI 2005, section 3.1; the time of a
/// round from rates as in S. Akoush et al., Predicting the Performance of Virtual Machine Migration, MASCOTS 2010). With c the change rate,
/// r the copy rate, o the overhead of a pass, s the sample of the self-test and W the capacity:
/// </para>
/// <code>
///   t(k) = o + (v(k) + s) / r           time of pass k, from its snapshot to the next one's
///   v(k+1) = min(W, c · t(k))           what changed meanwhile
///   d(k) = f + n · (v(k+1) + s) / r     downtime when pass k is followed by the last one: no snapshot, so no overhead;
///                                       n = 2 where what it wrote is read back before the domain starts
/// </code>
/// <para>
/// Where the plan wants the source read once more, or a sample looked at, after the last pass, f is longer by what that reads, p / r; where the guest is
/// converted, by what that took when it was rehearsed.
/// </para>
/// <para>
/// Where the source's word about changes is not believed, each pass reads all of the disks, C: t(k) = o + C / r, and
/// d(k) = f + C / r + (n − 1) · v(k+1) / r.
/// </para>
/// <para>
/// For c &lt; r the passes tend to t* = (o + s/r) / (1 − c/r); for c ≥ r they do not get shorter. A block that is written many times counts
/// once in c, so a measured c falls with longer passes, and one taken from a baseline's write rate is an upper bound.
/// </para>
/// </remarks>
/// <param name="PassesNeeded">Passes still to make before the last one; null when no number of them is enough.</param>
/// <param name="DowntimeSeconds">Of the last pass after these; when they are never enough, after as many as are allowed.</param>
/// <param name="LastPassBytes">What the last pass copies.</param>
/// <param name="ChangeRatio">Change rate by copy rate: below 1 passes get shorter, the faster the smaller it is.</param>
/// <param name="Code">Null when it converges; else forecast.compared | forecast.verification | forecast.conversion | forecast.hours | forecast.change-rate | forecast.fixed-downtime | forecast.overhead | forecast.passes.</param>
/// <param name="Why">Why it does not converge, in words with figures.</param>
/// <param name="Remedy">What can be done about it.</param>
public sealed record ConvergenceForecast(int? PassesNeeded, Band DowntimeSeconds, Band LastPassBytes, double ChangeRatio, string? Code, string? Why, string? Remedy)
{
    public bool Converges => PassesNeeded is not null;

    public static ConvergenceForecast Of(PassModel model)
    {
        var likely = Course.Of(model, model.ChangeRate.Likely, model.CopyRate.Likely);
        var passes = likely.FirstWithin(model.AllowedDowntimeSeconds);
        var after = passes ?? likely.Last;
        var best = Course.Of(model, model.ChangeRate.Low, model.CopyRate.High);
        var worst = Course.Of(model, model.ChangeRate.High, model.CopyRate.Low);
        var downtime = new Band(best.Downtime(after), likely.Downtime(after), worst.Downtime(after));
        var bytes = new Band(best.Bytes(after), likely.Bytes(after), worst.Bytes(after));
        var ratio = model.CopyRate.Likely > 0 ? model.ChangeRate.Likely / model.CopyRate.Likely : double.PositiveInfinity;
        var (code, why, remedy) = passes is null ? Explain(model, ratio, downtime.Likely) : (null, null, null);
        return new ConvergenceForecast(passes, downtime, bytes, ratio, code, why, remedy);
    }

    /// <summary>The same forecast where passes of changes never come to their end: the hours at which they may be made are too short for one.</summary>
    /// <param name="passSeconds">What a pass takes.</param>
    /// <param name="openSeconds">The longest time for which one may read without a break.</param>
    /// <param name="remedy">What can be done about it.</param>
    public ConvergenceForecast WithinHours(double passSeconds, double openSeconds, string remedy) => PassesNeeded == 0 || passSeconds <= openSeconds ? this : this with
    {
        PassesNeeded = null,
        Code = "forecast.hours",
        Why = $"A pass takes {Seconds(passSeconds)}, and the hours at which the VM may be copied are never open for more than {Seconds(openSeconds)}: no pass comes to its end.",
        Remedy = remedy,
    };

    private static (string Code, string Why, string Remedy) Explain(PassModel model, double ratio, double downtime)
    {
        var (change, copy) = (Rate(model.ChangeRate.Likely), Rate(model.CopyRate.Likely));
        var allowed = Seconds(model.AllowedDowntimeSeconds);
        var proof = model.VerifiedBytes / model.CopyRate.Likely;
        if (model.VerifiedBytes > 0 && model.FixedDowntimeSeconds + proof >= model.AllowedDowntimeSeconds)
        {
            return ("forecast.verification",
                $"After the last pass the plan wants the copy proven by reading what takes {Seconds(proof)} at {copy}, while the VM is off, and {allowed} are allowed.",
                "Allow a longer downtime, or plan the VM to be verified by ReadBack, which reads in the downtime only what its last pass wrote.");
        }

        if (model.ConversionSeconds > 0 && model.FixedDowntimeSeconds + proof + model.ConversionSeconds >= model.AllowedDowntimeSeconds)
        {
            return ("forecast.conversion",
                $"Converting the guest took {Seconds(model.ConversionSeconds)} when it was rehearsed, which it does while the VM is off, and {allowed} are allowed for all of the downtime.",
                "Allow a longer downtime, or put virtio drivers into the guest before the move and plan it with --convert never.");
        }

        model = model with { FixedDowntimeSeconds = model.FixedDowntimeSeconds + proof + model.ConversionSeconds, VerifiedBytes = 0, ConversionSeconds = 0 };
        if (model.ComparedBytes > 0 && model.FixedDowntimeSeconds + (model.ComparedBytes / model.CopyRate.Likely) >= model.AllowedDowntimeSeconds)
        {
            return ("forecast.compared",
                $"The source was found wrong about what changed, so that the last pass compares all of the disks: {Seconds(model.ComparedBytes / model.CopyRate.Likely)} at {copy}, and {allowed} are allowed.",
                "Allow a longer downtime, raise the limits of the copy or take a faster reader, or move the VM cold.");
        }

        if (ratio >= 1)
        {
            return ("forecast.change-rate", $"The VM changes {change} and is copied at {copy}: passes do not get shorter.",
                "Copy at a quieter time, raise the limits of the copy or take a faster reader (VDDK, a faster link), or move the VM cold.");
        }

        if (model.FixedDowntimeSeconds + (model.LastPassFactor * model.SampleBytes / model.CopyRate.Likely) >= model.AllowedDowntimeSeconds)
        {
            return ("forecast.fixed-downtime",
                $"Shutting the guest down, the self-test and starting the domain take {Seconds(model.FixedDowntimeSeconds + (model.LastPassFactor * model.SampleBytes / model.CopyRate.Likely))} alone, and {allowed} are allowed.",
                "Allow a longer downtime, or shorten the guest's shutdown.");
        }

        // Where the passes tend to, however many are made.
        var end = (model.OverheadSeconds + (model.SampleBytes / model.CopyRate.Likely)) / (1 - ratio);
        var limit = model.FixedDowntimeSeconds + (model.LastPassFactor * ((Math.Min(model.CapacityBytes, model.ChangeRate.Likely * end) + model.SampleBytes) / model.CopyRate.Likely));
        return limit > model.AllowedDowntimeSeconds
            ? ("forecast.overhead",
                $"A pass takes {Seconds(end)} at least ({Seconds(model.OverheadSeconds)} of them for its snapshot), in which {change} change: the last one would still take {Seconds(limit)}, and {allowed} are allowed.",
                "Allow a longer downtime, cut over at a quieter time, or speed up snapshots on the source's datastore.")
            : ("forecast.passes",
                $"After {model.MostPasses} passes the last one would still take {Seconds(downtime)}, and {allowed} are allowed: with {change} changing and {copy} copied they get shorter too slowly.",
                "Allow a longer downtime or more passes, or raise the rate of the copy.");
    }

    private static string Rate(double bytesPerSecond) => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e6:0.##} MB/s");

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s");

    /// <summary>The passes one after another, for one pair of rates. Index k: after k more passes.</summary>
    private sealed class Course
    {
        private readonly List<(double Bytes, double Downtime)> _after = [];

        public int Last => _after.Count - 1;

        public static Course Of(PassModel model, double changeRate, double copyRate)
        {
            var course = new Course();
            var bytes = Math.Min(model.NextPassBytes, model.CapacityBytes);
            for (var passes = 0; passes <= Math.Max(0, model.MostPasses); passes++)
            {
                var isCompared = model.ComparedBytes > 0;
                var copied = copyRate > 0 ? (isCompared ? model.ComparedBytes : bytes + model.SampleBytes) / copyRate : double.PositiveInfinity;
                var downtime = isCompared ? copied + ((model.LastPassFactor - 1) * bytes / copyRate) : model.LastPassFactor * copied;
                course._after.Add((bytes, model.FixedDowntimeSeconds + model.ConversionSeconds + downtime + (model.VerifiedBytes > 0 ? model.VerifiedBytes / copyRate : 0)));
                bytes = changeRate > 0 ? Math.Min(model.CapacityBytes, changeRate * (model.OverheadSeconds + copied)) : 0;
            }

            return course;
        }

        public int? FirstWithin(double seconds) => _after.FindIndex(pass => pass.Downtime <= seconds) is >= 0 and var found ? found : null;

        public double Bytes(int passes) => _after[Math.Min(passes, Last)].Bytes;

        public double Downtime(int passes) => _after[Math.Min(passes, Last)].Downtime;
    }
}
