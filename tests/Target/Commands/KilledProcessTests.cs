using System.Diagnostics;
using System.Net;
using Migrate.Target.Protocol;
using Migrate.Target.Tests.Reservations;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Commands;

/// <summary>
/// The program migrate-target dies by SIGKILL at random times under writes of all kinds and comes back. A block then has what was
/// acknowledged last, or what a command without an answer would have put there, whole. (That acknowledged data survives without
/// a flush is only so because the machine goes on: its page cache is not the process's.)
/// </summary>
public sealed class KilledProcessTests
{
    private const int Block = 4096;
    private const int Writers = 4;
    private const int Part = 512; // blocks of a writer
    private const int Lives = 6;
    private const string SubsystemNqn = "nqn.2026-01.org.migrate:target";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Every_block_is_old_or_new_and_what_was_answered_is_there(string direct)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-killed-").FullName;
        var uuid = Guid.NewGuid();
        var known = new long[Writers * Part]; // the value of each block as it was answered
        var random = new Random(direct.Length);
        var answered = 0;
        var caught = 0;
        try
        {
            for (var life = 0; life < Lives; life++)
            {
                using var process = Start(directory, uuid, direct, out var endPoint);
                CheckReservation(endPoint, isFirst: life == 0);
                var writers = Enumerable.Range(0, Writers).Select(w => Task.Factory.StartNew(
                    () => Write(endPoint, known, w * Part, (life * Writers) + w), Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
                await Task.Delay(random.Next(300, 1200), Cancel);
                process.Kill();
                await process.WaitForExitAsync(Cancel);
                var results = await Task.WhenAll(writers);
                answered += results.Sum(r => r.Answered);
                var open = results.SelectMany(r => r.Open).ToDictionary();
                var path = Path.Combine(directory, $"{uuid}.raw");
                await AwaitEndOfAccessAsync(path);
                caught += Compare(path, known, open, $"life {life}");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        TestContext.Current.SendDiagnosticMessage($"direct {direct}: {answered} commands answered, {caught} blocks of commands without an answer were new");
        answered.ShouldBeGreaterThan(Lives * Writers);
    }

    private static Process Start(string directory, Guid uuid, string direct, out IPEndPoint endPoint)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "migrate-target.dll"), "serve", "--directory", directory, "--port", "0",
            "--direct", direct, "--block-size", $"{Block}", "--create", $"{uuid}:{Writers * Part * Block}",
        ])
        { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                endPoint = IPEndPoint.Parse(line.Split(' ')[2]);
                return process;
            }
        }

        throw new InvalidOperationException("migrate-target did not start");
    }

    // A reservation that is to persist does, however the process ended.
    private static void CheckReservation(IPEndPoint endPoint, bool isFirst)
    {
        var nqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-0000000000aa";
        using var host = new ReservationHost(CommandHost.Open(endPoint, SubsystemNqn, nqn), 1, Guid.Parse(nqn[^36..]));
        if (isFirst)
        {
            host.Register(5, persistence: 3).ShouldBe(0);
            host.Acquire(5, 3).ShouldBe(0);
            host.Release(5, 3).ShouldBe(0);
            host.Acquire(5, 6).ShouldBe(0);
            host.Acquire(5, 5, action: 1).ShouldBe(0); // everybody may read, all registrants write
        }

        var report = host.Report();
        report.Type.ShouldBe(5);
        report.Entries.ShouldContain(e => e.HostId == host.Id && e.Key == 5 && e.Holds);
    }

    /// <summary>Changes the part until the connection breaks; says which blocks a command without an answer was to change, and to what.</summary>
    private static (int Answered, Dictionary<int, long> Open) Write(IPEndPoint endPoint, long[] known, int begin, int seed)
    {
        var random = new Random(seed);
        var value = (long)seed << 32;
        var open = new Dictionary<int, long>();
        var answered = 0;
        try
        {
            var nqn = $"nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-0000000000{seed % Writers:x2}";
            using var queue = CommandHost.Open(endPoint, SubsystemNqn, nqn);
            using var host = new ReservationHost(queue, 1, Guid.Parse(nqn[^36..]));
            host.Register((ulong)(seed % Writers) + 10, ignoresKey: true);
            while (true)
            {
                open.Clear();
                queue.Run(Some(random, known, begin, ++value, open)).ShouldAllBe(a => a.Code == 0);
                answered++;
                foreach (var (block, now) in open)
                {
                    known[block] = now;
                }
            }
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException || e.Message.Contains("the target closed the connection", StringComparison.Ordinal))
        {
            return (answered, open);
        }
    }

    private static IoRequest[] Some(Random random, long[] known, int begin, long value, Dictionary<int, long> open)
    {
        var count = random.Next(3) == 0 ? random.Next(1, 65) : random.Next(1, 5);
        var first = begin + random.Next(Part - count);
        var flags = random.Next(4) == 0 ? 1u << 30 : 0;
        void Opens(Func<int, long> now)
        {
            for (var i = 0; i < count; i++)
            {
                open[first + i] = now(i);
            }
        }

        switch (random.Next(8))
        {
            case 0:
                return [new IoRequest(NvmOpcode.Flush, 1)];
            case 1:
                Opens(_ => 0);
                return [CommandHost.Range(NvmOpcode.WriteZeroes, 1, first, count, flags: flags)];
            case 2:
                var from = begin + ((first - begin + (Part / 2)) % (Part - 64));
                if (from < first + count && first < from + count)
                {
                    goto default;
                }

                Opens(i => known[from + i]);
                return [CommandHost.Copy(1, first, (from, count))];
            case 3:
                Opens(_ => value);
                var old = new byte[count * Block];
                for (var i = 0; i < count; i++)
                {
                    Filled(known[first + i], 1).CopyTo(old, i * Block);
                }

                return
                [
                    CommandHost.Range(NvmOpcode.Compare, 1, first, count, old) with { Fuse = 1 },
                    CommandHost.Range(NvmOpcode.Write, 1, first, count, Filled(value, count), flags: flags) with { Fuse = 2 },
                ];
            default:
                Opens(_ => value);
                return [CommandHost.Range(NvmOpcode.Write, 1, first, count, Filled(value, count), flags: flags)];
        }
    }

    // What a ring has under way ends some time after its process, and holds the file and its lock until then.
    private static async Task AwaitEndOfAccessAsync(string path)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
                return;
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(10, Cancel);
            }
        }
    }

    /// <summary>Looks at the file itself; returns how many blocks have a value whose command had no answer.</summary>
    private static int Compare(string path, long[] known, Dictionary<int, long> open, string when)
    {
        var content = File.ReadAllBytes(path);
        var caught = 0;
        for (var block = 0; block < known.Length; block++)
        {
            var bytes = content.AsSpan(block * Block, Block);
            var value = ReadInt64LittleEndian(bytes);
            bytes.SequenceEqual(Filled(value, 1)).ShouldBeTrue($"{when}: block {block} is torn");
            var isNew = value != known[block] && open.TryGetValue(block, out var next) && next == value;
            (value == known[block] || isNew).ShouldBeTrue($"{when}: block {block} has {value:x}, not {known[block]:x}");
            caught += isNew ? 1 : 0;
            known[block] = value;
        }

        return caught;
    }

    private static byte[] Filled(long value, int blocks)
    {
        var bytes = new byte[blocks * Block];
        for (var at = 0; at < bytes.Length; at += 8)
        {
            WriteInt64LittleEndian(bytes.AsSpan(at), value);
        }

        return bytes;
    }
}
