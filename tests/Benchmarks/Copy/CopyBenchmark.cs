using System.Globalization;
using Migrate.Executor.Copy;

namespace Migrate.Benchmarks.Copy;

/// <summary>
/// Disks of three shapes from an HTTPS server and from nbdkit, copied in turn by us (reader, SHA-256, journal, NVMe/TCP host and target into a
/// raw file) and by nbdcopy and qemu-img convert; then each of our stages alone. Everything in one run, so that a noisy minute meets all.
/// copy [--mib 8192] [--sparse-mib 102400] [--runs 3] [--shapes dense,half,sparse] [--sources https,nbd] [--slow-mib 0] [--peers nbdcopy,qemu-img] [--directory DIR]
/// </summary>
/// <remarks>--slow-mib N adds a source that gives no more than N MiB/s, as most real ones do: how near a copy comes to it.</remarks>
internal static class CopyBenchmark
{
    private const string Ours = "migrate: copy, SHA-256, journal";
    private const string ReadBack = "migrate: read-back, SHA-256";

    public static async Task RunAsync(string[] args)
    {
        var runs = Number("--runs", 3);
        var folder = Directory.CreateDirectory(Path.Combine(Option(args, "--directory", Path.GetTempPath()), $"migrate-copy-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            foreach (var name in Option(args, "--shapes", "dense,half,sparse").Split(','))
            {
                var shape = await CopyShape.MakeAsync(name, folder, name == "sparse" ? Number("--sparse-mib", 102400) : Number("--mib", 8192));
                foreach (var source in Option(args, "--sources", "https,nbd").Split(','))
                {
                    await using var endpoint = source == "https" ? CopyEndpoint.Https(shape.Path) : await CopyEndpoint.NbdAsync(shape.Path);
                    await CompareAsync(folder, shape, endpoint, runs, Option(args, "--peers", "nbdcopy,qemu-img").Split(','));
                }
                if (Number("--slow-mib", 0) is > 0 and var limit)
                {
                    await SlowAsync(folder, shape, limit, runs, Option(args, "--peers", "nbdcopy,qemu-img").Split(','));
                }
                File.Delete(shape.Path);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        int Number(string option, int otherwise) => int.Parse(Option(args, option, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    }

    private static async Task CompareAsync(string folder, CopyShape shape, CopyEndpoint source, int runs, string[] peers)
    {
        var table = new CopyTable($"{shape.Name}, {(source.IsHttps ? "HTTPS" : "NBD")}; rates in bytes of the disk", shape.CapacityBytes);
        // The first copy of a process also compiles it.
        await OursAsync(folder, shape, source, new CopyTable("", shape.CapacityBytes));
        CopyResult? last = null;
        for (var run = 0; run < runs; run++)
        {
            last = await OursAsync(folder, shape, source, table);
            if (peers.Contains("nbdcopy"))
            {
                await PeerAsync("nbdcopy to a raw file", folder, shape, table, isNbd: false, path => CopyPeer.NbdCopyAsync(source, path), check: run == 0);
                await PeerAsync("nbdcopy to nbdkit", folder, shape, table, isNbd: true, path => CopyPeer.NbdCopyAsync(source, path), check: run == 0);
            }
            if (peers.Contains("qemu-img"))
            {
                await PeerAsync("qemu-img convert to a raw file", folder, shape, table, isNbd: false, path => CopyPeer.QemuImgAsync(source, path), check: run == 0);
            }
            table.Add("our copy, to the target by TCP", await OtherwiseAsync(folder, shape, source, byTcp: true));
            table.Add("our copy, read back beside it", await OtherwiseAsync(folder, shape, source, readBack: true));
            table.Add("our reading alone", await CopyStagesAlone.ReadAsync(source));
            table.Add("our hashing alone", await CopyStagesAlone.HashAsync(shape));
            table.Add("our writing alone", await CopyStagesAlone.WriteAsync(folder, shape));
        }
        table.Print(Ours);
        var narrowest = new[] { "our reading alone", "our hashing alone", "our writing alone" }.MaxBy(table.Seconds)!;
        var sent = last!.BytesWritten;
        Console.WriteLine($"  {last.Bottleneck}");
        Console.WriteLine($"  {table.Seconds(narrowest) / table.Seconds(Ours):0.00} of {narrowest}; read-back takes {table.Seconds(ReadBack) / table.Seconds(Ours):0.00} of the copy's time; "
            + $"sent {sent} bytes, {(double)sent / shape.NonZeroBytes:0.000} of the {shape.NonZeroBytes} that are not zero");
    }

    private static async Task<CopyResult> OursAsync(string folder, CopyShape shape, CopyEndpoint source, CopyTable table)
    {
        await using var target = await CopyTarget.StartAsync(folder, shape.CapacityBytes);
        CopyResult? result = null;
        table.Add(Ours, await CopySample.MeasureAsync(async () => result = await target.CopyAsync(source)));
        string? found = null;
        table.Add(ReadBack, await CopySample.MeasureAsync(async () => found = await DiskVerify.HashAsync(target.Disk, null, TimeProvider.System, CancellationToken.None)));
        return result!.SourceHash == shape.Hash && found == shape.Hash ? result : throw new InvalidOperationException("the copy is not the source");
    }

    private static async Task<CopySample> OtherwiseAsync(string folder, CopyShape shape, CopyEndpoint source, bool readBack = false, bool byTcp = false)
    {
        await using var target = await CopyTarget.StartAsync(folder, shape.CapacityBytes, byTcp);
        return await CopySample.MeasureAsync(() => target.CopyAsync(source, readBack));
    }

    private static async Task PeerAsync(string name, string folder, CopyShape shape, CopyTable table, bool isNbd, Func<string, Task<CopySample>> copy, bool check)
    {
        var path = Path.Combine(folder, "peer.raw");
        await using (var file = File.Create(path))
        {
            file.SetLength(shape.CapacityBytes);
        }
        if (isNbd)
        {
            await using var destination = await CopyEndpoint.NbdAsync(path, isWritten: true);
            table.Add(name, await copy(destination.Uri.ToString().TrimEnd('/')));
        }
        else
        {
            table.Add(name, await copy(path));
        }
        if (check)
        {
            await using var file = File.OpenRead(path);
            if (await DiskHash.OfStreamAsync(file, CancellationToken.None) != shape.Hash)
            {
                throw new InvalidOperationException($"{name}: the copy is not the source");
            }
        }
        File.Delete(path);
    }

    private static async Task SlowAsync(string folder, CopyShape shape, int mibPerSecond, int runs, string[] peers)
    {
        var table = new CopyTable($"{shape.Name}, NBD of at most {mibPerSecond} MiB/s; rates in bytes of the disk", shape.CapacityBytes);
        CopyResult? last = null;
        for (var run = 0; run < runs; run++)
        {
            foreach (var readBack in new[] { false, true })
            {
                // A server each: the limit lets a burst through at its start.
                await using var source = await CopyEndpoint.NbdAsync(shape.Path, mibPerSecond: mibPerSecond);
                await using var target = await CopyTarget.StartAsync(folder, shape.CapacityBytes);
                table.Add(readBack ? "our copy, read back beside it" : Ours, await CopySample.MeasureAsync(async () => last = await target.CopyAsync(source, readBack)));
            }
            if (peers.Contains("nbdcopy"))
            {
                await using var source = await CopyEndpoint.NbdAsync(shape.Path, mibPerSecond: mibPerSecond);
                await PeerAsync("nbdcopy to a raw file", folder, shape, table, isNbd: false, path => CopyPeer.NbdCopyAsync(source, path), check: run == 0);
            }
            if (peers.Contains("qemu-img"))
            {
                await using var source = await CopyEndpoint.NbdAsync(shape.Path, mibPerSecond: mibPerSecond);
                await PeerAsync("qemu-img convert to a raw file", folder, shape, table, isNbd: false, path => CopyPeer.QemuImgAsync(source, path), check: run == 0);
            }
            await using var alone = await CopyEndpoint.NbdAsync(shape.Path, mibPerSecond: mibPerSecond);
            table.Add("our reading alone", await CopyStagesAlone.ReadAsync(alone));
        }
        table.Print(Ours);
        Console.WriteLine($"  {last!.Bottleneck}");
    }

    private static string Option(string[] args, string name, string otherwise)
        => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}
