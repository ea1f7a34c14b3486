using System.Globalization;
using Migrate.Planner.Baselines.Series;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Reads realtime storage counters: 20 s means, about one hour back; nothing finer exists, and history does not keep the
/// microsecond counters. One of these lives as long as its session: counters and limit are looked up once after login, by the first
/// reading, which must be over before others begin; those may be made side by side.
/// </summary>
internal sealed class PerformanceReader(VSphereSession session)
{
    /// <summary>vCenter's own defaults for config.vpxd.stats.maxQueryMetrics, for those who may not read it.</summary>
    private const int DefaultLimit = 256;
    private const int DefaultLimitBefore65 = 64;
    /// <summary>-1 lifts the server's limit; an answer should stay small all the same.</summary>
    private const int MostMetrics = 4096;
    /// <summary>One hour of 20 s samples: what servers keep.</summary>
    private const int MaxSamples = 180;

    private IReadOnlyDictionary<DiskCounter, int>? _ids;
    private int _limit;

    /// <summary>Metrics that one query may ask for; 0 before the first reading.</summary>
    public int Limit => _limit;

    public async Task<SampleReading> ReadAsync(IReadOnlyList<SampleQuery> queries, CancellationToken cancellationToken)
    {
        _ids ??= await CounterIdsAsync(cancellationToken);
        _limit = _limit == 0 ? await LimitAsync(cancellationToken) : _limit;
        var counters = _ids.ToDictionary(pair => pair.Value, pair => pair.Key);
        var waiting = new MetricQueue(queries, [.. _ids.Keys]);
        var samples = queries.ToDictionary(q => q.VmKey, _ => new Dictionary<string, SampleSeries>(StringComparer.Ordinal), StringComparer.Ordinal);
        var failures = new Dictionary<string, MigrateException>(StringComparer.Ordinal);
        var calls = 0;
        while (!waiting.IsEmpty)
        {
            var asks = waiting.Take(_limit);
            try
            {
                calls++;
                foreach (var answer in await QueryAsync(asks, cancellationToken))
                {
                    Add(samples[answer.Entity.Value], CounterRows.Read(answer, counters));
                }
            }
            catch (VSphereFault fault) when (IsLimit(fault) && (asks.Count > 1 || asks[0] is { Instance: "", Weight: > 1 }))
            {
                // Queries side by side that are refused for one limit halve it once.
                _limit = Math.Min(_limit, Math.Max(1, asks.Sum(ask => ask.Weight) / 2));
                waiting.Return(asks);
            }
            catch (VSphereFault fault) when (IsLimit(fault))
            {
                failures[asks[0].Query.VmKey] = new MigrateException(
                    "source.query-limit",
                    $"The source refuses to give even one counter of the {asks[0].Weight} disks of {asks[0].Query.VmKey} in one query.",
                    "Raise config.vpxd.stats.maxQueryMetrics in vCenter's advanced settings; 256 is its default.",
                    fault);
                waiting.Drop(asks[0].Query.VmKey);
            }
            catch (VSphereFault fault) when (!fault.IsTransient && Culprit(fault, asks) is { } vm)
            {
                failures[vm] = fault;
                waiting.Return([.. asks.Where(ask => ask.Query.VmKey != vm)]);
                waiting.Drop(vm);
            }
            catch (VSphereFault fault) when (!fault.IsTransient)
            {
                // Which VM it is about is not said: the first is asked alone, and is then the culprit or done.
                waiting.Return([.. asks.Where(ask => ask.Query != asks[0].Query)]);
                var alone = new MetricQueue([asks[0].Query], [.. _ids.Keys]);
                waiting.Drop(asks[0].Query.VmKey);
                calls += await ReadAloneAsync(asks[0].Query, alone, samples, failures, counters, cancellationToken);
            }
        }

        return new SampleReading([.. samples.Where(s => !failures.ContainsKey(s.Key)).Select(s => new VmSamples(s.Key, s.Value))], failures, calls);
    }

    private async Task<int> ReadAloneAsync(
        SampleQuery query, MetricQueue waiting, Dictionary<string, Dictionary<string, SampleSeries>> samples, Dictionary<string, MigrateException> failures,
        IReadOnlyDictionary<int, DiskCounter> counters, CancellationToken cancellationToken)
    {
        var calls = 0;
        try
        {
            while (!waiting.IsEmpty)
            {
                calls++;
                foreach (var answer in await QueryAsync(waiting.Take(_limit), cancellationToken))
                {
                    Add(samples[query.VmKey], CounterRows.Read(answer, counters));
                }
            }
        }
        catch (VSphereFault fault) when (!fault.IsTransient)
        {
            failures[query.VmKey] = fault;
        }

        return calls;
    }

    private static void Add(Dictionary<string, SampleSeries> disks, Dictionary<string, SampleSeries> more)
    {
        foreach (var (instance, series) in more)
        {
            disks[instance] = disks.TryGetValue(instance, out var known) ? known.Merge(series) : series;
        }
    }

    private async Task<IEnumerable<PerfEntityMetricBase>> QueryAsync(List<MetricAsk> asks, CancellationToken cancellationToken)
    {
        var answer = await session.CallAsync(new QueryPerfRequest
        {
            This = session.Content.PerfManager,
            QuerySpec = [.. asks.GroupBy(ask => ask.Query).Select(vm => Spec(vm.Key, vm))],
        }, cancellationToken);
        var asked = asks.Select(ask => ask.Query.VmKey).ToHashSet(StringComparer.Ordinal);
        return (answer.Value ?? []).Where(metrics => metrics.Entity is not null && asked.Contains(metrics.Entity.Value ?? ""));
    }

    private PerfQuerySpec Spec(SampleQuery query, IEnumerable<MetricAsk> asks) => new()
    {
        Entity = new ManagedObjectReference("VirtualMachine", query.VmKey),
        StartTime = query.After,
        MaxSample = query.After is null ? MaxSamples : null,
        IntervalId = SampleSeries.IntervalSeconds,
        Format = "csv",
        MetricId =
        [
            .. asks.SelectMany(
                ask => ask.Instance.Length == 0 ? query.Instances! : [ask.Instance],
                (ask, instance) => new PerfMetricId { CounterId = _ids![ask.Counter], Instance = instance }),
        ],
    };

    private async Task<IReadOnlyDictionary<DiskCounter, int>> CounterIdsAsync(CancellationToken cancellationToken)
    {
        if (session.Content.PerfManager is not { } manager)
        {
            return new Dictionary<DiskCounter, int>();
        }

        var properties = await new PropertyReader(session).ReadOneAsync(manager, ["perfCounter"], cancellationToken);
        return StorageCounters.Resolve(properties?.Get<ArrayOfPerfCounterInfo>("perfCounter")?.PerfCounterInfo ?? []);
    }

    /// <summary>A host has no such setting, and an account may lack the right to see it: then the server's own default holds.</summary>
    private async Task<int> LimitAsync(CancellationToken cancellationToken)
    {
        var fallback = Version.TryParse(session.About.ApiVersion, out var version) && version < new Version(6, 5) ? DefaultLimitBefore65 : DefaultLimit;
        if (session.Content.Setting is not { } settings)
        {
            return fallback;
        }

        try
        {
            var options = await session.CallAsync(new QueryOptionsRequest { This = settings, Name = "config.vpxd.stats.maxQueryMetrics" }, cancellationToken);
            var text = Convert.ToString(options.Value?.FirstOrDefault()?.Value, CultureInfo.InvariantCulture);
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
                ? limit > 0 ? Math.Min(limit, MostMetrics) : MostMetrics
                : fallback;
        }
        catch (VSphereFault fault) when (!fault.IsTransient)
        {
            return fallback;
        }
    }

    private static bool IsLimit(VSphereFault fault) =>
        fault.Type == "RestrictedByAdministrator" || fault.Message.Contains("maxQueryMetrics", StringComparison.OrdinalIgnoreCase);

    /// <summary>The VM that the fault is about: the one that it names, or the only one that was asked for.</summary>
    private static string? Culprit(VSphereFault fault, List<MetricAsk> asks)
    {
        var keys = asks.Select(ask => ask.Query.VmKey).Distinct().ToList();
        return keys.Count == 1 ? keys[0] : fault.Details.GetValueOrDefault("obj") is { } named && keys.Contains(named) ? named : null;
    }
}
