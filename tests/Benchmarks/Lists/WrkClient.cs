using System.Diagnostics;
using System.Globalization;

namespace Migrate.Benchmarks.Lists;

/// <summary>wrk with one thread: a client that takes next to no processor time from the server beside it.</summary>
internal static class WrkClient
{
    // What wrk prints by itself is rounded and has units; this is microseconds.
    private const string Report =
        """
        done = function(summary, latency)
          io.write(string.format("=%d %d %d %d %d\n", latency:percentile(50), latency:percentile(99), latency.max, summary.requests, summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout + summary.errors.connect))
        end
        """;

    /// <summary>What <paramref name="clients"/> saw that ask again and again.</summary>
    public static async Task<Seen> AskAsync(Uri url, string token, int clients, TimeSpan time)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Report);
            using var wrk = Process.Start(new ProcessStartInfo("wrk",
            [
                "-t1", $"-c{clients}", string.Create(CultureInfo.InvariantCulture, $"-d{time.TotalSeconds:0}s"), "--timeout", "600s", "--latency", "-H", $"Authorization: Bearer {token}", "-s", script, url.ToString(),
            ])
            { RedirectStandardOutput = true })!;
            var lines = (await wrk.StandardOutput.ReadToEndAsync()).Split('\n');
            await wrk.WaitForExitAsync();
            var figures = Array.Find(lines, x => x.StartsWith('='))?[1..].Split(' ').Select(x => long.Parse(x, CultureInfo.InvariantCulture)).ToArray()
                ?? throw new InvalidOperationException($"wrk gave no figures: {string.Join(' ', lines)}");
            return new Seen(figures[0] / 1000.0, figures[1] / 1000.0, figures[2] / 1000.0, figures[3], figures[4]);
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Milliseconds; calls that were answered, and those that were not, or not with 200.</summary>
    internal sealed record Seen(double Median, double Percentile99, double Most, long Calls, long Failed);
}
