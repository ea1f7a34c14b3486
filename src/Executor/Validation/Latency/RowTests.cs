namespace Migrate.Executor.Validation.Latency;

/// <summary>All tests of one disk and direction, and the sentence that they come to.</summary>
internal sealed class RowTests
{
    /// <summary>The tables have all of them.</summary>
    private const int MostInWords = 3;
    private readonly DiskLatency _disk;
    private readonly List<LatencyInterval> _before;
    private readonly List<LatencyInterval> _after;
    private readonly Strata _strata;
    private readonly IReadOnlyList<SeriesTest> _figures = [];
    private readonly IReadOnlyList<LimitTest> _limits = [];
    private readonly List<string> _missing = [];
    private readonly string? _whyNoLimits;
    private readonly bool _idle;
    private readonly bool _moreTime;

    private RowTests(DiskLatency disk, LatencyMargins margins)
    {
        _disk = disk;
        _before = Used(disk.Before.Intervals);
        _after = Used(disk.After.Intervals);
        _strata = Strata.Of(_before, _after);
        _missing.AddRange(disk.Before.Refusals.Select(x => $"the figures before decide nothing: {x}"));
        _missing.AddRange(disk.After.Refusals.Select(x => $"the figures after decide nothing: {x}"));
        var (singles, why) = SingleIos.Of(disk.Before, disk.After);
        _whyNoLimits = why;
        if (_before.Count < LatencyJudge.FewestIntervals || _after.Count < LatencyJudge.FewestIntervals)
        {
            _idle = _missing.Count == 0 && IsIdle(disk.Before, _before) && IsIdle(disk.After, _after);
            _moreTime = MayPass(disk) && _before.Count >= LatencyJudge.FewestIntervals;
            Few("before", _before.Count);
            Few("after", _after.Count);
            return;
        }

        if (_strata.Before.Count < LatencyJudge.FewestIntervals || _strata.After.Count < LatencyJudge.FewestIntervals)
        {
            _moreTime = MayPass(disk);
            _missing.Add(LatencyJudge.Say($"only {_strata.Coverage:P0} of the I/Os before lie in hours and loads that were seen after, too: observe at the hours of the baseline ({_strata.CommonHours} of {_strata.Hours} were)"));
            return;
        }

        var lengthAfter = BlockLength.Of(_strata.After);
        _figures = SeriesTest.Of(_strata.Before, BlockLength.Of(_strata.Before), _strata.After, lengthAfter, margins);
        if (singles is not null)
        {
            // Dependence is told by the series, whichever side has counts by interval.
            _limits = LimitTest.Of(disk.Before, singles.After, lengthAfter, _figures.Max(x => x.Quieter), singles.SecondsBefore, margins);
        }

        _moreTime = MayPass(disk);
    }

    /// <summary>Of the figures and then of the limits.</summary>
    public IReadOnlyList<double> FailProbabilities => _missing.Count > 0 ? [] : [.. _figures.Select(x => x.FailProbability), .. _limits.Select(x => x.FailProbability)];

    public static RowTests Of(DiskLatency disk, LatencyMargins margins) => new(disk, margins);

    /// <param name="failed">Which of <see cref="FailProbabilities"/> stand.</param>
    /// <param name="alpha">One-sided error of passing.</param>
    public LatencyComparison Conclude(bool[] failed, double alpha)
    {
        var judged = _missing.Count == 0;
        var figures = _figures.Select((x, i) => x.Conclude(OutcomeOf(judged, judged && failed[i], x.Passes(alpha)), alpha)).ToList();
        var limits = _limits.Select((x, i) => new LimitComparison(
            x.LimitBeforeUs, x.LimitAfterUs, x.AboveBefore, x.AboveAfter, x.Allowed,
            OutcomeOf(judged, judged && failed[_figures.Count + i], x.Passes(alpha)))).ToList();
        var (outcome, statement, missing) = Conclude(figures, limits, alpha);
        var after = SideOf(_disk.After, _after, _strata.After);
        return new LatencyComparison
        {
            DiskKey = _disk.DiskKey,
            Label = _disk.Label,
            Direction = _disk.Direction,
            Outcome = outcome,
            Statement = statement,
            Idle = _idle,
            Missing = missing,
            TimeMayDecide = outcome == Outcome.Inconclusive && _moreTime,
            Before = SideOf(_disk.Before, _before, _strata.Before),
            After = after,
            Coverage = _strata.Coverage,
            Hours = _strata.Hours,
            CommonHours = _strata.CommonHours,
            Figures = figures,
            Limits = limits,
            P50 = LatencyBin.Holding(after.Bins, 0.50),
            P95 = LatencyBin.Holding(after.Bins, 0.95),
            P99 = LatencyBin.Holding(after.Bins, 0.99),
        };
    }

    /// <summary>What is refused is shown, but nothing is claimed of it.</summary>
    private static Outcome OutcomeOf(bool judged, bool failed, bool passes) => !judged ? Outcome.Inconclusive : failed ? Outcome.Fail : passes ? Outcome.Pass : Outcome.Inconclusive;

    private (Outcome Outcome, string Statement, IReadOnlyList<string> Missing) Conclude(
        List<FigureComparison> figures, List<LimitComparison> limits, double alpha)
    {
        if (_idle)
        {
            return (Outcome.Inconclusive, LatencyJudge.Say($"hardly any I/O on either side ({_before.Count} intervals before and {_after.Count} after with {LatencyJudge.LeastIops:0} IOPS or more): nothing to compare"), []);
        }

        if (_missing.Count > 0)
        {
            return (Outcome.Inconclusive, string.Join("; ", _missing), _missing);
        }

        // The tail first: it is what is felt.
        List<string> worse = [.. figures.Where(x => x.Outcome == Outcome.Fail).Select(Say).Reverse(), .. limits.Where(x => x.Outcome == Outcome.Fail).Select(Say).Reverse()];
        if (worse.Count > 0)
        {
            return (Outcome.Fail, "worse than before: " + string.Join("; ", worse.Take(MostInWords)) + (worse.Count > MostInWords ? LatencyJudge.Say($"; and {worse.Count - MostInWords} more") : ""), []);
        }

        // The distribution of single I/Os decides where there is one that can; means of intervals may then only object.
        var limitsDecide = limits.Count > 0 && limits.Zip(_limits).All(x => x.First.Outcome != Outcome.Inconclusive || x.Second.MayPass(alpha));
        List<string> open =
        [
            .. limits.Where(x => limitsDecide && x.Outcome == Outcome.Inconclusive).Select(x => Say(x) + ": too few I/Os that are independent of each other"),
            .. limitsDecide ? [] : figures.Zip(_figures).Where(x => x.First.Outcome == Outcome.Inconclusive).Select(x => Say(x.First) + Longer(x.Second, alpha)),
        ];
        if (_strata.Coverage < LatencyJudge.LeastCoverage)
        {
            open.Add(LatencyJudge.Say($"only {_strata.Coverage:P0} of the I/Os before lie in hours and loads that were seen after, too ({_strata.CommonHours} of {_strata.Hours} hours)"));
        }

        if (open.Count > 0)
        {
            return (Outcome.Inconclusive, "neither worse nor shown to be no worse: " + string.Join("; ", open), open);
        }

        return limitsDecide
            ? (Outcome.Pass, LatencyJudge.Say($"at each of {limits.Count} limits no more single I/Os are slower than before, by the margins; ") + Tail(figures), [])
            : (Outcome.Pass, "no worse than before, by the margins: " + Tail(figures) + $". Single I/Os were not compared: {_whyNoLimits ?? "what was counted before, or after at its hours, covers too little time to decide anything"}", []);
    }

    private static string Tail(List<FigureComparison> figures) => string.Join("; ", figures.Where(x => x.Metric is LatencyMetric.P95 or LatencyMetric.P99).Select(Say));

    private static string Say(FigureComparison x) =>
        LatencyJudge.Say($"{Name(x.Metric)} of 20 s means {x.Before.Us:0} µs before, {x.After.Us:0} after ({(x is { UpperUs: { } upper, LowerUs: { } lower } ? LatencyJudge.Say($"at most {upper:0}, at least {lower:0}; ") : "")}the margin ends at {x.LimitUs:0})");

    private static string Say(LimitComparison x) =>
        LatencyJudge.Say($"{x.AboveBefore:P2} of I/Os took more than {x.BeforeUs:0} µs before, {x.AboveAfter:P2} more than {x.AfterUs:0} µs after ({x.Allowed:P2} are allowed)");

    private static string Longer(SeriesTest test, double alpha) => test.TimesLonger(alpha) switch
    {
        null or > 50 => ": too near to the margin for any observation to decide soon",
        { } times => LatencyJudge.Say($": about {Math.Max(1.1, times):0.0} times as much observation would decide, if it goes on like this"),
    };

    private static string Name(LatencyMetric metric) => metric == LatencyMetric.Mean ? "mean" : metric.ToString().ToLowerInvariant();

    private static List<LatencyInterval> Used(IReadOnlyList<LatencyInterval> intervals) =>
        [.. intervals.Where(x => x.Seconds is > 0 and <= LatencyJudge.LongestSeconds && x.Operations / x.Seconds >= LatencyJudge.LeastIops)];

    /// <summary>A night's batch job is short and is not idleness: few busy intervals, and little I/O over a time that shows it.</summary>
    private static bool IsIdle(LatencyEvidence side, List<LatencyInterval> used) =>
        used.Count < LatencyJudge.FewestIntervals && side.ObservedSeconds >= LatencyJudge.IdleSeconds && side.Intervals.Sum(x => x.Operations) < LatencyJudge.LeastIops * side.ObservedSeconds;

    /// <summary>What is wrong with the baseline stays so.</summary>
    private static bool MayPass(DiskLatency disk) => disk.Before.Refusals.Count == 0 && (disk.After.Refusals.Count == 0 || disk.After.RefusalsMayPass);

    private void Few(string side, int count)
    {
        if (count < LatencyJudge.FewestIntervals)
        {
            _missing.Add(LatencyJudge.Say($"{count} intervals with {LatencyJudge.LeastIops:0} IOPS or more {side}, {LatencyJudge.FewestIntervals} are needed"));
        }
    }

    private static LatencySide SideOf(LatencyEvidence evidence, List<LatencyInterval> used, WeightedSeries compared)
    {
        var all = evidence.Intervals;
        var sized = all.Where(x => x.Bytes is not null).ToList();
        return new LatencySide
        {
            Intervals = all.Count,
            UsedIntervals = used.Count,
            Operations = all.Sum(x => x.Operations),
            Iops = LatencyJudge.Iops(all),
            BytesPerOperation = sized.Count == 0 ? null : sized.Sum(x => x.Bytes!.Value) / sized.Sum(x => x.Operations),
            MeanUs = all.Count == 0 ? null : all.Sum(x => x.Operations * x.MeanUs) / all.Sum(x => x.Operations),
            From = all.Count == 0 ? null : all[0].EndedAt,
            To = all.Count == 0 ? null : all[^1].EndedAt,
            Origin = evidence.Origin,
            CountedFrom = evidence.Counted?.From,
            CountedTo = evidence.Counted?.To,
            Bins = BinsOf(evidence),
            Curve = compared.Curve(),
        };
    }

    private static IReadOnlyList<LatencyBin> BinsOf(LatencyEvidence evidence) =>
    [
        .. evidence.Counts.Select((count, i) =>
            new LatencyBin(i == 0 ? 0 : evidence.LimitsUs[i - 1], i < evidence.LimitsUs.Count ? evidence.LimitsUs[i] : null, count)),
    ];
}
