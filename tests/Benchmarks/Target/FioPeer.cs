using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Migrate.Target.Transport;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// fio with io_uring and direct I/O on a file, without a target: what the disk gives to one core. The other core is kept as busy
/// as a load keeps it, because on virtual machines the disk's emulation wants that CPU time, too.
/// </summary>
internal static class FioPeer
{
    public static LoadResult Run(string file, long bytes, int depth, TimeSpan duration, int core, int otherCore)
    {
        using var stop = new CancellationTokenSource();
        var other = new Thread(() =>
        {
            Linux.PinThread(otherCore);
            while (!stop.IsCancellationRequested)
            {
            }
        });
        other.Start();
        try
        {
            var start = new ProcessStartInfo("fio",
            [
                "--name=peer", $"--filename={file}", $"--size={bytes}", "--direct=1", "--rw=randread", "--bs=4k", $"--iodepth={depth}", "--ioengine=io_uring",
                "--time_based", string.Create(CultureInfo.InvariantCulture, $"--runtime={duration.TotalSeconds}"), $"--cpus_allowed={core}", "--output-format=json",
            ])
            { RedirectStandardOutput = true };
            using var fio = Process.Start(start)!;
            using var report = JsonDocument.Parse(fio.StandardOutput.ReadToEnd());
            var read = report.RootElement.GetProperty("jobs")[0].GetProperty("read");
            var latency = read.GetProperty("clat_ns");
            return new LoadResult(read.GetProperty("iops").GetDouble(), latency.GetProperty("mean").GetDouble() / 1000,
                latency.GetProperty("percentile").GetProperty("99.000000").GetDouble() / 1000, 0);
        }
        finally
        {
            stop.Cancel();
            other.Join();
        }
    }
}
