using System.Diagnostics;
using System.Globalization;

namespace Migrate.Benchmarks.Copy;

/// <summary>
/// nbdcopy and qemu-img convert from the same server. Neither hashes nor keeps a journal. Neither speaks HTTPS here, so nbdkit's curl plugin
/// reads for them and its CPU time is theirs; neither speaks NVMe/TCP, so they write to a raw file, or over NBD to nbdkit as the nearest to
/// our target, whose CPU time then is not counted while our target's is. All flush at the end.
/// </summary>
internal static class CopyPeer
{
    public static Task<CopySample> NbdCopyAsync(CopyEndpoint source, string destination) =>
        RunAsync(source, uri => $"nbdcopy --flush {uri} {destination}");

    public static Task<CopySample> QemuImgAsync(CopyEndpoint source, string destination) =>
        RunAsync(source, uri => $"qemu-img convert -t writeback {(destination.StartsWith("nbd:", StringComparison.Ordinal) ? "-n " : "")}-f raw -O raw {uri} {destination}");

    private static async Task<CopySample> RunAsync(CopyEndpoint source, Func<string, string> command)
    {
        var run = source.IsHttps ? $"nbdkit -U - curl url={source.Uri} sslverify=false --run '{command("\"$uri\"")}'" : command(source.Uri.ToString().TrimEnd('/'));
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $"TIMEFORMAT='%R %U %S'; time {run}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var lines = (await bash.StandardError.ReadToEndAsync()).Trim().Split('\n');
        await output;
        await bash.WaitForExitAsync();
        if (bash.ExitCode != 0)
        {
            throw new InvalidOperationException($"{run} failed (apt-get install nbdkit libnbd-bin qemu-utils): {string.Join(' ', lines)}");
        }
        var figures = lines[^1].Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        return new CopySample(figures[0], figures[1] + figures[2]);
    }
}
