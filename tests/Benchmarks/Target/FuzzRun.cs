using System.Diagnostics;
using System.Globalization;
using Migrate.Target.Tests.Fuzzing;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// The fuzzer for millions of PDUs: sessions in memory until N changed PDUs were judged, then real connections for some
/// seconds. Options: [--pdus N (1000000)] [--seconds T (30)] [--seed S (1)] [--session K: that one session of the seed alone].
/// </summary>
internal static class FuzzRun
{
    private const int SessionsPerCheck = 50_000;
    private const long MostGrowth = 32 << 20;

    public static async Task RunAsync(string[] args)
    {
        long Option(string name, long otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length
            ? long.Parse(args[at + 1], CultureInfo.InvariantCulture)
            : otherwise;
        var (pdus, seed, session) = (Option("--pdus", 1_000_000), (int)Option("--seed", 1), Option("--session", -1));
        var directory = Path.Combine("/dev/shm", $"migrate-fuzz-{Environment.ProcessId}");
        try
        {
            await using var target = await FuzzTarget.StartAsync(directory, default);
            var fuzzer = new SessionFuzzer(target, await target.RecordAsync(default), seed);
            if (session >= 0)
            {
                fuzzer.Run(session);
                Console.WriteLine($"seed {seed}, session {session}: as it should be");
                return;
            }

            await RunAsync(fuzzer, target, pdus, seed);
            if (Option("--seconds", 30) is > 0 and var seconds)
            {
                Console.WriteLine(await SocketFuzzRun.RunAsync(target, seed, TimeSpan.FromSeconds(seconds), flood: 4000, default));
                await CheckAsync(target);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(SessionFuzzer fuzzer, FuzzTarget target, long pdus, int seed)
    {
        var clock = Stopwatch.StartNew();
        long used = 0;
        while (fuzzer.Mutated < pdus)
        {
            fuzzer.Run(fuzzer.Sessions);
            if (fuzzer.Sessions % SessionsPerCheck == 0)
            {
                used = await CheckAsync(fuzzer, target, used, clock.Elapsed);
            }
        }

        fuzzer.Close();
        await CheckAsync(fuzzer, target, used, clock.Elapsed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {seed}: {fuzzer.Mutated} changed PDUs of {fuzzer.Judged} judged, {fuzzer.Sessions} sessions, {fuzzer.Terminated} of them terminated, in {clock.Elapsed.TotalSeconds:F0} s: as it should be"));
    }

    /// <summary>Also memory is as at the first check; returns that.</summary>
    private static async Task<long> CheckAsync(SessionFuzzer fuzzer, FuzzTarget target, long usedAtFirst, TimeSpan elapsed)
    {
        await CheckAsync(target);
        var used = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,6:F0} s {fuzzer.Sessions,10} sessions {fuzzer.Mutated,10} changed PDUs {used >> 10,8} KiB live"));
        return usedAtFirst == 0 || used < usedAtFirst + MostGrowth ? Math.Max(usedAtFirst, used)
            : throw new InvalidOperationException($"memory grew from {usedAtFirst} to {used} bytes");
    }

    private static async Task CheckAsync(FuzzTarget target)
    {
        if (!await target.IsGuardedIntactAsync(default))
        {
            throw new InvalidOperationException("the guarded namespace was changed");
        }

        if (!await target.IsUnusedAsync(TimeSpan.FromSeconds(20), default))
        {
            throw new InvalidOperationException("a namespace is still in use although nobody uses it");
        }

        if (!target.Log.Errors.IsEmpty)
        {
            throw new InvalidOperationException($"the target logged an error: {target.Log.Errors.First()}");
        }
    }
}
