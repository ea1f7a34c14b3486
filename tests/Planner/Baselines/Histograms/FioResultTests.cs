using System.Diagnostics;
using System.Text.Json;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Planner.Tests.Baselines.Histograms;

/// <summary>Against fio itself: what it prints of a short run is what we read.</summary>
public sealed class FioResultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json+")]
    [InlineData("json")]
    public async Task A_run_of_fio_is_read_whole(string format)
    {
        var directory = Directory.CreateTempSubdirectory("fio");
        try
        {
            var text = await RunAsync(directory.FullName, format);
            var histograms = FioResult.Parse("fio: this is a warning\n" + text);

            histograms.Select(h => h.Direction).ShouldBe([IoDirection.Read, IoDirection.Write]);
            using var json = JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]);
            var rates = FioRates.Parse("fio: this is a warning\n" + text);
            var groups = json.RootElement.GetProperty("jobs").EnumerateArray().GroupBy(job => job.GetProperty("groupid").GetInt64());
            rates.ReadIops.ShouldBe(groups.Max(group => group.Sum(job => job.GetProperty("read").GetProperty("iops").GetDouble())), 0.001);
            rates.WriteBytes.ShouldBeGreaterThan(0);
            foreach (var (histogram, member) in histograms.Zip(["read", "write"]))
            {
                var jobs = json.RootElement.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty(member)).ToList();
                jobs.Count.ShouldBe(2);
                histogram.Count.ShouldBe(jobs.Sum(job => job.GetProperty("total_ios").GetInt64()));
                histogram.Metric.ShouldBe(HistogramMetric.Latency);
                histogram.Mean!.Value.ShouldBeInRange(histogram.Min!.Value, histogram.Max!.Value);
                histogram.Bins.Zip(histogram.Bins.Skip(1)).ShouldAllBe(pair => pair.First.UpTo < pair.Second.UpTo);
                histogram.Bins.Sum(bin => bin.Count).ShouldBe(histogram.Count);
                // Each I/O lies in a bin of at most 1/64 of its latency, so the mean over the bins' limits is hardly above the true one.
                if (format == "json+")
                {
                    var upper = histogram.Bins.Sum(bin => bin.UpTo!.Value * bin.Count) / histogram.Count;
                    upper.ShouldBeInRange(histogram.Mean.Value * 0.999, histogram.Mean.Value * 1.05);
                    histogram.Bins.Where(bin => bin.Count > 0).Min(bin => bin.UpTo!.Value).ShouldBeGreaterThanOrEqualTo(histogram.Min.Value * 0.999);
                }
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(127, 127)]
    [InlineData(129, 129)] // The bin of 128 and 129: fio names it by its middle.
    [InlineData(257, 259)]
    [InlineData(1_000_000, 1_007_615)]
    public void A_bin_of_fio_ends_where_the_next_begins(long middle, long last) => FioResult.UpperLimit(middle).ShouldBe(last);

    [Theory]
    [InlineData("", "holds no JSON")]
    [InlineData("a,b\n1,2\n", "holds no JSON")]
    [InlineData("{\"fio version\": \"fio-3.33\", \"jobs\": [", "breaks off")]
    [InlineData("{\"kind\": \"estate\"}", "no 'fio version'")]
    public void Another_kind_of_file_is_named(string text, string expected)
    {
        var refused = Should.Throw<MigrateException>(() => FioResult.Parse(text));
        (refused.Code, refused.Message.Contains(expected)).ShouldBe(("baseline.import-unknown", true), refused.Message);
    }

    [Theory]
    [InlineData("{\"fio version\": \"fio-3.33\", \"jobs\": []}")]
    [InlineData("{\"fio version\": \"fio-3.33\", \"jobs\": [{\"read\": {\"clat_ns\": {\"N\": \"many\"}}}]}")]
    [InlineData("{\"fio version\": \"fio-3.33\", \"jobs\": [{\"read\": {\"clat_ns\": {\"N\": 3, \"mean\": 5, \"min\": 1, \"max\": 9, \"bins\": {\"x\": 3}}}}]}")]
    public void A_result_without_usable_latencies_is_refused(string text) =>
        Should.Throw<MigrateException>(() => FioResult.Parse(text)).Code.ShouldBe("baseline.import-damaged");

    private static async Task<string> RunAsync(string directory, string format)
    {
        var start = new ProcessStartInfo("fio") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[$"--output-format={format}", $"--directory={directory}", "--size=8m", "--bs=4k", "--ioengine=psync", "--rw=randrw", "--number_ios=1500", "--name=one", "--name=two", "--rw=randrw", "--rwmixread=70"])
        {
            start.ArgumentList.Add(argument);
        }

        using var fio = Process.Start(start)!;
        var errors = fio.StandardError.ReadToEndAsync(Cancel);
        var text = await fio.StandardOutput.ReadToEndAsync(Cancel);
        await fio.WaitForExitAsync(Cancel);
        fio.ExitCode.ShouldBe(0, await errors);
        return text;
    }
}
