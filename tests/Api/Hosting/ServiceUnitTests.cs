using System.Globalization;
using Migrate.Api.Hosting;

namespace Migrate.Api.Tests.Hosting;

public sealed class ServiceUnitTests
{
    /// <summary>Whoever waits for the process waits longer than the process for its services, which may be given their time twice: when told to stop, and when taken down.</summary>
    [Theory]
    [InlineData("migrate.service")]
    [InlineData("migrate-worker.service")]
    public void Systemd_kills_nothing_that_still_stops_in_good_order(string name)
    {
        var line = File.ReadLines(Repository.PathOf("src", "Api", "systemd", name)).Single(x => x.StartsWith("TimeoutStopSec=", StringComparison.Ordinal))["TimeoutStopSec=".Length..];
        var limit = line.EndsWith("min", StringComparison.Ordinal)
            ? TimeSpan.FromMinutes(int.Parse(line[..^3], CultureInfo.InvariantCulture))
            : TimeSpan.FromSeconds(int.Parse(line, CultureInfo.InvariantCulture));
        limit.ShouldBeGreaterThan(2 * GracefulStop.Within);
    }
}
