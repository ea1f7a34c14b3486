using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Migrate.Benchmarks.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Nbd;

namespace Migrate.Benchmarks.Sources;

/// <summary>
/// How fast readers give a disk of data, which nobody keeps: /folder over HTTPS with one and with several requests at once, NBD with one and with
/// several connections beside nbdcopy to null, and a sparse VMDK beside qemu-img. All on one machine: what the readers cost, not what a network gives.
/// readers [--mib 2048] [--runs 3] [--directory DIR]
/// </summary>
internal static class ReadersBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var mib = int.Parse(Option(args, "--mib", "2048"), CultureInfo.InvariantCulture);
        var runs = int.Parse(Option(args, "--runs", "3"), CultureInfo.InvariantCulture);
        var folder = Directory.CreateDirectory(Path.Combine(Option(args, "--directory", Path.GetTempPath()), $"migrate-readers-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            var disk = Path.Combine(folder, "disk.raw");
            MakeDisk(disk, mib);
            await FolderAsync(disk, mib, runs);
            await NbdAsync(folder, disk, mib, runs);
            await VmdkAsync(folder, disk, mib, runs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FolderAsync(string disk, int mib, int runs)
    {
        using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. CopyEndpoint.OurAssembly(), "copy-source", disk]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var told = (await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the source did not start")).Split(' ');
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString(HashAlgorithmName.SHA256) == told[1];
        using var http = new HttpClient(handler);
        foreach (var parallel in new[] { 1, 2, 4, 8 })
        {
            await MeasureAsync($"/folder, {parallel} requests at once", mib, runs, async () =>
            {
                await using var reader = await FolderReader.OpenAsync(http, new Uri(told[0]), new FolderReaderOptions { ParallelRequests = parallel }, TimeProvider.System, CancellationToken.None);
                await DrainAsync(reader);
            });
        }
        server.StandardInput.Close();
        await server.WaitForExitAsync();
    }

    private static async Task NbdAsync(string folder, string disk, int mib, int runs)
    {
        var socket = Path.Combine(folder, "nbd.sock");
        using var nbdkit = Process.Start(new ProcessStartInfo("nbdkit", ["--foreground", "--readonly", "--unix", socket, "--run", "exec cat >/dev/null", "file", disk]) { RedirectStandardInput = true })!;
        while (!File.Exists(socket))
        {
            await Task.Delay(20);
        }
        var endpoint = new NbdEndpoint(new UnixDomainSocketEndPoint(socket));
        foreach (var connections in new[] { 1, 2, 4 })
        {
            foreach (var bytes in new[] { 256 << 10, 1 << 20 })
            {
                await MeasureAsync($"NBD, {connections} connections, {bytes >> 10} KiB", mib, runs, async () =>
                {
                    await using var reader = await NbdReader.OpenAsync(endpoint, new NbdReaderOptions { Connections = connections, RequestBytes = bytes }, TimeProvider.System, CancellationToken.None);
                    await DrainAsync(reader);
                });
            }
        }
        await MeasureAsync("nbdcopy to null", mib, runs, () => RunAsync("nbdcopy", $"nbd+unix:///?socket={socket}", "null:"));
        nbdkit.StandardInput.Close();
        await nbdkit.WaitForExitAsync();
    }

    private static async Task VmdkAsync(string folder, string disk, int mib, int runs)
    {
        var vmdk = Path.Combine(folder, "disk.vmdk");
        await RunAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", disk, vmdk);
        await MeasureAsync("VMDK, monolithicSparse", mib, runs, async () =>
        {
            await using var reader = VmdkReader.Open(vmdk);
            await DrainAsync(reader);
        });
        await MeasureAsync("qemu-img bench of it, 1 MiB, depth 8", mib, runs,
            () => RunAsync("qemu-img", "bench", "-f", "vmdk", "-c", mib.ToString(CultureInfo.InvariantCulture), "-d", "8", "-s", "1M", vmdk));
    }

    private static async Task DrainAsync(IDiskReader reader)
    {
        await foreach (var chunk in reader.ReadAsync(0, CancellationToken.None))
        {
            chunk.Dispose();
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed");
        }
    }

    private static async Task MeasureAsync(string what, int mib, int runs, Func<Task> work)
    {
        var seconds = new List<double>();
        for (var i = 0; i < runs; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await work();
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        var median = seconds.Order().ElementAt(runs / 2);
        Console.WriteLine($"{what,-40} {mib / median,8:0} MiB/s   (median of {runs}: {median:0.00} s; {mib / seconds.Max():0} to {mib / seconds.Min():0})");
    }

    /// <summary>Only data, which cannot be compressed and is read once before, so that it comes from memory.</summary>
    private static void MakeDisk(string path, int mib)
    {
        var data = new byte[1 << 20];
        using var file = File.Create(path);
        for (var i = 0; i < mib; i++)
        {
            new Random(i).NextBytes(data);
            file.Write(data);
        }
    }

    private static string Option(string[] args, string name, string otherwise)
        => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}
