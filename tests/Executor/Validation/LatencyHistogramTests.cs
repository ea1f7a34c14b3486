using System.Text.Json;
using Migrate.Executor.Validation;

namespace Migrate.Executor.Tests.Validation;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Boundaries_put_an_IO_of_exactly_a_vscsiStats_limit_into_the_lower_bin() =>
        LatencyHistogram.BoundariesNs.ShouldBe([1001, 10_001, 100_001, 500_001, 1_000_001, 5_000_001, 15_000_001, 30_000_001, 50_000_001, 100_000_001]);

    [Fact]
    public void QEMUs_bins_become_intervals_of_microseconds()
    {
        // As QEMU 7.2 answers query-blockstats.
        using var answer = JsonDocument.Parse("""{"bins": [0, 3, 5], "boundaries": [1001, 10001]}""");
        LatencyHistogram.Bins(answer.RootElement).ShouldBe([new LatencyBin(0, 1, 0), new LatencyBin(1, 10, 3), new LatencyBin(10, null, 5)]);
    }

    [Fact]
    public void A_quantile_is_the_bin_that_holds_it()
    {
        var direction = new DirectionMeasurement
        {
            Operations = 100,
            Bytes = 409_600,
            TotalNanoseconds = 20_000_000,
            Bins = [new(0, 1, 0), new(1, 10, 0), new(10, 100, 50), new(100, 500, 45), new(500, null, 5)],
        };
        direction.Quantile(0.50)!.UpToUs.ShouldBe(100);
        direction.Quantile(0.51)!.UpToUs.ShouldBe(500);
        direction.Quantile(0.95)!.UpToUs.ShouldBe(500);
        direction.Quantile(0.99)!.UpToUs.ShouldBeNull();
        direction.MeanMicroseconds.ShouldBe(200);
    }

    [Fact]
    public void Without_IOs_there_is_neither_mean_nor_quantile()
    {
        var direction = new DirectionMeasurement { Operations = 0, Bytes = 0, TotalNanoseconds = 0, Bins = [new(0, 1, 0), new(1, null, 0)] };
        direction.MeanMicroseconds.ShouldBeNull();
        direction.Quantile(0.5).ShouldBeNull();
    }
}
