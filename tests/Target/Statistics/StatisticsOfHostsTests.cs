using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Migrate.Target.Host;
using Migrate.Target.Statistics;

namespace Migrate.Target.Tests.Statistics;

/// <summary>What hosts did is what the statistics say, by every way of reading them.</summary>
public sealed partial class StatisticsOfHostsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_bytes_latencies_and_errors_are_those_that_the_host_caused_also_when_it_has_gone()
    {
        await using var target = await RunningTarget.StartAsync();
        var one = await target.CreateAsync(8 << 20);
        var other = await target.CreateAsync(1 << 20);
        await using (var host = await target.ConnectAsync())
        {
            await UseAsync(target, host, one.Uuid);
            Check(target.Target.ReadStatistics());
        }

        var after = target.Target.ReadStatistics();
        Check(after);
        after.Namespaces.ContainsKey(other.Uuid).ShouldBeFalse("nobody used it");

        void Check(TargetStatistics statistics)
        {
            foreach (var totals in new[] { statistics.Namespaces[one.Uuid], statistics.Hosts[RunningTarget.HostNqn] })
            {
                (totals.Commands(CommandClass.Write), totals.Bytes(CommandClass.Write)).ShouldBe((11, (8 * 4096) + (2 * 65536)), "8 short ones, 2 long ones, 1 refused");
                (totals.Commands(CommandClass.Read), totals.Bytes(CommandClass.Read)).ShouldBe((5, 5 * 8192));
                totals.Commands(CommandClass.Flush).ShouldBe(1);
                totals.Commands(CommandClass.Deallocate).ShouldBe(1);
                totals.Errors.ShouldBe(new Dictionary<ushort, long> { [0x083] = 1 });
                totals.Percentile(CommandClass.Write, 0.5)!.Value.ShouldBeInRange(TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
                totals.Time(CommandClass.Read).ShouldBeGreaterThan(TimeSpan.Zero);
                totals.Percentile(CommandClass.Read, 1).ShouldNotBeNull();
                (totals.Percentile(CommandClass.Read, 1)!.Value * 5).ShouldBeGreaterThanOrEqualTo(totals.Time(CommandClass.Read));
            }
        }
    }

    [Fact]
    public async Task The_meter_observes_the_same_and_is_silent_when_the_target_has_gone()
    {
        // Listeners hear the targets of other tests, too, whose hosts have the usual name.
        const string OwnNqn = "nqn.2014-08.org.nvmexpress:uuid:6d657465-7200-4000-8000-000000000001";
        var seen = new ConcurrentDictionary<string, double>();
        var target = await RunningTarget.StartAsync();
        var one = await target.CreateAsync(8 << 20);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Migrate.Target")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        await using (var host = await target.ConnectAsync(hostNqn: OwnNqn))
        {
            await UseAsync(target, host, one.Uuid);
            listener.RecordObservableInstruments();
            seen[$"migrate.target.namespace.commands namespace={one.Uuid} command=write"].ShouldBe(11);
            seen[$"migrate.target.namespace.io namespace={one.Uuid} command=read"].ShouldBe(5 * 8192);
            seen[$"migrate.target.namespace.errors namespace={one.Uuid} status=0x083"].ShouldBe(1);
            seen[$"migrate.target.namespace.latency namespace={one.Uuid} command=read quantile=0.99"].ShouldBeGreaterThan(0);
            seen[$"migrate.target.host.commands host={OwnNqn} command=flush"].ShouldBe(1);
            seen[$"migrate.target.host.connections host={OwnNqn}"].ShouldBe(3, "the admin queue and two for I/O");
        }

        await target.DisposeAsync();
        seen.Clear();
        listener.RecordObservableInstruments();
        seen.Keys.ShouldNotContain(k => k.Contains(one.Uuid.ToString()));

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name;
            foreach (var tag in tags)
            {
                key += string.Create(CultureInfo.InvariantCulture, $" {tag.Key}={tag.Value}");
            }

            seen[key] = value;
        }
    }

    [Fact]
    public async Task Prometheus_text_is_well_formed_and_its_histograms_are_cumulative()
    {
        await using var target = await RunningTarget.StartAsync();
        var one = await target.CreateAsync(8 << 20);
        await using var host = await target.ConnectAsync();
        await UseAsync(target, host, one.Uuid);

        var lines = PrometheusText.Of(target.Target).TrimEnd('\n').Split('\n');
        var typed = new HashSet<string>();
        foreach (var line in lines)
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                typed.Add(line.Split(' ')[2]).ShouldBeTrue($"{line}: each name once");
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                var sample = Sample().Match(line);
                sample.Success.ShouldBeTrue(line);
                typed.ShouldContain(Suffix().Replace(sample.Groups["name"].Value, ""), line);
            }
        }

        var write = lines.Where(l => l.StartsWith("migrate_target_namespace_latency_seconds", StringComparison.Ordinal) && l.Contains("command=\"write\"")).ToList();
        var buckets = write.Where(l => l.Contains("_bucket{")).Select(l => double.Parse(l.Split(' ')[^1], CultureInfo.InvariantCulture)).ToList();
        buckets.ShouldBe(buckets.Order());
        buckets[^1].ShouldBe(11);
        write.Single(l => l.Contains("_count{")).ShouldEndWith(" 11");
        lines.ShouldContain(l => l.StartsWith("migrate_target_namespace_errors_total{", StringComparison.Ordinal) && l.Contains($"namespace=\"{one.Uuid}\"") && l.EndsWith("status=\"0x083\"} 1", StringComparison.Ordinal));
        lines.ShouldContain($"migrate_target_host_bytes_total{{host=\"{RunningTarget.HostNqn}\",command=\"read\"}} {5 * 8192}");
    }

    private static async Task UseAsync(RunningTarget target, NvmeHost host, Guid uuid)
    {
        var disk = await host.OpenAsync(uuid, Cancel);
        for (var i = 0; i < 8; i++)
        {
            await disk.WriteAsync(i * 4096, new byte[4096], Cancel);
        }

        for (var i = 0; i < 2; i++)
        {
            await disk.WriteAsync(i * 65536, new byte[65536], Cancel); // by R2T
        }

        for (var i = 0; i < 5; i++)
        {
            await disk.ReadAsync(0, new byte[8192], Cancel);
        }

        await disk.FlushAsync(Cancel);
        await disk.DeallocateAsync(0, 1 << 20, Cancel);
        await target.Target.GrantAsync(uuid, RunningTarget.OtherHostNqn, Cancel);
        await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, new byte[512], Cancel));
        await target.Target.GrantAsync(uuid, null, Cancel);
    }

    [GeneratedRegex("""^(?<name>[a-z_]+)\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\} [0-9.E+-]+$""")]
    private static partial Regex Sample();

    [GeneratedRegex("(?<=_latency_seconds)_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
