using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Benchmarks.Copy;

/// <summary>
/// A disk with 50 % zeroes from a local HTTPS source: through our reader, host and target into a namespace with hashing, then read back and
/// hashed; and by nbdkit's curl plugin and nbdcopy into a file of the same directory, without a hash since they have none. Both flush.
/// copy [--mib 4096] [--runs 3] [--directory DIR]
/// </summary>
internal static class CopyBenchmark
{
    private sealed record Sample(double Seconds, double CpuSeconds);

    public static async Task RunAsync(string[] args)
    {
        var mib = int.Parse(Option(args, "--mib", "4096"), CultureInfo.InvariantCulture);
        var runs = int.Parse(Option(args, "--runs", "3"), CultureInfo.InvariantCulture);
        var folder = Directory.CreateDirectory(Path.Combine(Option(args, "--directory", Path.GetTempPath()), $"migrate-copy-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            var disk = Path.Combine(folder, "disk.raw");
            MakeDisk(disk, mib);
            string sourceHash;
            await using (var file = File.OpenRead(disk))
            {
                sourceHash = await DiskHash.OfStreamAsync(file, CancellationToken.None);
            }
            using var server = StartSource(disk, out var uri, out var thumbprint);
            var (ours, verify, theirs) = (new List<Sample>(), new List<Sample>(), new List<Sample>());
            for (var i = 0; i < runs; i++)
            {
                var (copied, verified) = await CopyAsync(folder, uri, thumbprint, (long)mib << 20, sourceHash);
                ours.Add(copied);
                verify.Add(verified);
                theirs.Add(await NbdCopyAsync(folder, uri, sourceHash));
                Console.WriteLine($"run {i + 1}: copy {copied.Seconds:0.00} s, read-back {verified.Seconds:0.00} s, nbdkit|nbdcopy {theirs[^1].Seconds:0.00} s");
            }
            server.StandardInput.Close();
            await server.WaitForExitAsync();
            Print("migrate: copy + SHA-256 + journal", ours, mib);
            Print("migrate: read-back verify", verify, mib);
            Print("nbdkit curl | nbdcopy", theirs, mib);
            Console.WriteLine($"ratio of medians, migrate copy to nbdcopy: {Median(theirs, s => s.Seconds) / Median(ours, s => s.Seconds):0.00}x throughput, "
                + $"{Median(ours, s => s.CpuSeconds) / Median(theirs, s => s.CpuSeconds):0.00}x CPU (ours includes the target and hashing)");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(Sample Copy, Sample Verify)> CopyAsync(string folder, Uri uri, string thumbprint, long capacity, string sourceHash)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString(HashAlgorithmName.SHA256) == thumbprint;
        using var http = new HttpClient(handler);
        var (time, none, id) = (TimeProvider.System, CancellationToken.None, Guid.NewGuid());
        await using var target = await NvmeTarget.StartAsync(new TargetOptions { Directory = Path.Combine(folder, "target"), Port = 0 }, time, NullLoggerFactory.Instance, none);
        await target.CreateNamespaceAsync(new NamespaceSpec(id, capacity), none);
        await using var host = await NvmeHost.ConnectAsync(new NvmeHostOptions
        {
            EndPoint = target.EndPoint,
            SubsystemNqn = target.SubsystemNqn,
            HostNqn = $"nqn.2014-08.org.nvmexpress:uuid:{id}",
            HostId = id,
        }, time, null, none);
        var namespaceDisk = await host.OpenAsync(id, none);

        CopyResult? result = null;
        var copied = await MeasureAsync(async () =>
        {
            await using var reader = await FolderReader.OpenAsync(http, uri, new FolderReaderOptions(), time, none);
            await using var journal = await CopyJournal.OpenAsync(Path.Combine(folder, $"{id}.journal"), id, capacity, none);
            result = await DiskCopy.RunAsync(reader, namespaceDisk, journal, new CopyOptions { DestinationIsZero = true }, null, time, none);
        });
        string? found = null;
        var verified = await MeasureAsync(async () => found = await DiskVerify.HashAsync(namespaceDisk, null, time, none));
        if (result!.SourceHash != sourceHash || found != sourceHash)
        {
            throw new InvalidOperationException("the copy is not the source");
        }
        await target.DeleteNamespaceAsync(id, deleteBacking: true, none);
        return (copied, verified);
    }

    private static async Task<Sample> NbdCopyAsync(string folder, Uri uri, string sourceHash)
    {
        var copy = Path.Combine(folder, "nbdcopy.raw");
        var script = $"TIMEFORMAT='%R %U %S'; time nbdkit -U - curl url={uri} sslverify=false --run 'nbdcopy --flush \"$uri\" {copy}'";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardError = true })!;
        var lines = (await bash.StandardError.ReadToEndAsync()).Trim().Split('\n');
        await bash.WaitForExitAsync();
        if (bash.ExitCode != 0)
        {
            throw new InvalidOperationException($"nbdkit or nbdcopy failed (apt-get install nbdkit libnbd-bin): {string.Join(' ', lines)}");
        }
        await using (var file = File.OpenRead(copy))
        {
            if (await DiskHash.OfStreamAsync(file, CancellationToken.None) != sourceHash)
            {
                throw new InvalidOperationException("nbdcopy's file is not the source");
            }
        }
        File.Delete(copy);
        var figures = lines[^1].Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        return new Sample(figures[0], figures[1] + figures[2]);
    }

    private static async Task<Sample> MeasureAsync(Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await work();
        process.Refresh();
        return new Sample(Stopwatch.GetElapsedTime(started).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }

    private static Process StartSource(string disk, out Uri uri, out string thumbprint)
    {
        var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["copy-source", disk]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var told = (server.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the source did not start")).Split(' ');
        (uri, thumbprint) = (new Uri(told[0]), told[1]);
        return server;
    }

    /// <summary>Data and zeroes in turns of random length, as a used disk has them; the data cannot be compressed.</summary>
    private static void MakeDisk(string path, int mib)
    {
        var random = new Random(20260101);
        using var file = File.Create(path);
        var data = new byte[1 << 20];
        var zero = true;
        var (used, zeroes) = (0, 0);
        while (used < mib)
        {
            var length = Math.Min(mib - used, random.Next(1, 17));
            length = zero ? Math.Min(length, (mib / 2) - zeroes) : length;
            for (var i = 0; i < length && !zero; i++)
            {
                random.NextBytes(data);
                file.Position = (long)(used + i) << 20;
                file.Write(data);
            }
            used += length;
            zeroes += zero ? length : 0;
            zero = !zero;
        }
        file.SetLength((long)mib << 20);
        Console.WriteLine($"disk: {mib} MiB, {zeroes * 100.0 / mib:0.0} % zeroes");
    }

    private static void Print(string what, List<Sample> samples, int mib)
    {
        var seconds = Median(samples, s => s.Seconds);
        Console.WriteLine($"{what,-36} {mib / seconds,8:0} MiB/s   {Median(samples, s => s.CpuSeconds) / (mib / 1024.0),6:0.00} CPU s/GiB   (median of {samples.Count}: {seconds:0.00} s)");
    }

    private static double Median(List<Sample> samples, Func<Sample, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);

    private static string Option(string[] args, string name, string otherwise)
        => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}
