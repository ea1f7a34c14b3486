using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Migrate.Benchmarks.Target;

/// <summary>Debian's iSCSI target tgt on the same file, on core 0, under libiscsi's iscsi-perf on core 1.</summary>
internal sealed partial class TgtPeer : IDisposable
{
    private const int Port = 3261;
    private const string Control = "7";
    private const string Name = "iqn.2026-01.org.migrate:benchmark";

    private readonly Process _daemon;

    public TgtPeer(string file)
    {
        _daemon = Process.Start("taskset", ["-c", "0", "tgtd", "-f", "--iscsi", $"portal=127.0.0.1:{Port}", "-C", Control]);
        for (var attempt = 0; !TryRun("tgtadm", "-C", Control, "--lld", "iscsi", "--op", "new", "--mode", "target", "--tid", "1", "-T", Name); attempt++)
        {
            Thread.Sleep(attempt < 50 ? 100 : throw new InvalidOperationException("tgtd does not answer"));
        }

        Must("tgtadm", "-C", Control, "--lld", "iscsi", "--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", file);
        Must("tgtadm", "-C", Control, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL");
    }

    /// <summary>4 KiB random reads.</summary>
    public static LoadResult Run(int depth, TimeSpan duration)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Round(duration.TotalSeconds))}");
        var output = Output("taskset", "-c", "1", "iscsi-perf", "-m", $"{depth}", "-b", "8", "-r", "-t", seconds, $"iscsi://127.0.0.1:{Port}/{Name}/1");
        var average = AverageOf().Matches(output).LastOrDefault() ?? throw new InvalidOperationException($"iscsi-perf said: {output}");
        var perSecond = double.Parse(average.Groups[1].Value, CultureInfo.InvariantCulture);
        return new LoadResult(perSecond, depth / perSecond * 1e6, double.NaN, 0);
    }

    public void Dispose()
    {
        // tgtd ignores SIGTERM while it has targets.
        TryRun("tgtadm", "-C", Control, "--lld", "iscsi", "--op", "delete", "--mode", "target", "--tid", "1", "--force");
        TryRun("tgtadm", "-C", Control, "--op", "delete", "--mode", "system");
        if (!_daemon.WaitForExit(5000))
        {
            _daemon.Kill();
        }

        _daemon.Dispose();
    }

    private static string Output(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {output}");
    }

    private static void Must(string program, params string[] words) => _ = Output(program, words);

    private static bool TryRun(string program, params string[] words)
    {
        try
        {
            Must(program, words);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"iops average (\d+)")]
    private static partial Regex AverageOf();
}
