using System.Globalization;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>What a run of <see cref="SocketFuzzer"/> saw of the well-behaved host, before the attack and beside it.</summary>
internal sealed record SocketFuzzRun(SocketFuzzer Fuzzer, GoodHost Before, GoodHost Beside, ProcessUse UseBefore, ProcessUse UseAfter)
{
    private const int Attackers = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Attacks for a time, then waits until nothing of it is left in the process.</summary>
    /// <exception cref="InvalidOperationException">Something is left.</exception>
    public static async Task<SocketFuzzRun> RunAsync(FuzzTarget target, int seed, TimeSpan time, int flood, CancellationToken cancellationToken)
    {
        var fuzzer = new SocketFuzzer(target, seed);
        var quiet = ProcessUse.Now();
        fuzzer.Flood(300, new Random(seed)); // what the first connections make for good is made
        var useBefore = await ProcessUse.ReturnToAsync(quiet with { LiveBytes = long.MaxValue / 2 }, Patience, cancellationToken);
        var before = await WorkAsync(target, seed, time / 8, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(time);
        var attacking = fuzzer.RunAsync(Attackers, stop.Token);
        var flooding = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                fuzzer.Flood(flood, new Random(seed + i));
                stop.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(5));
            }
        }, CancellationToken.None);
        var coming = target.ComeAndGoAsync(stop.Token);
        var beside = await WorkAsync(target, seed, time, cancellationToken);
        await Task.WhenAll(attacking, flooding, coming);
        return new SocketFuzzRun(fuzzer, before, beside, useBefore, await ProcessUse.ReturnToAsync(useBefore, Patience, cancellationToken));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Fuzzer.Connections} connections, {Fuzzer.Attacks} attacks, {Fuzzer.Pdus} PDUs; the good host's 4 KiB commands before: {Describe(Before)}, beside: {Describe(Beside)}; {UseBefore} before, {UseAfter} after");

    private static string Describe(GoodHost host) => string.Create(CultureInfo.InvariantCulture,
        $"{host.Commands}, p50 {host.LatencyMs(0.5):F3} ms, p99 {host.LatencyMs(0.99):F3} ms, longest {host.LongestMs:F1} ms");

    private static async Task<GoodHost> WorkAsync(FuzzTarget target, int seed, TimeSpan time, CancellationToken cancellationToken)
    {
        var host = new GoodHost(target);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(time);
        await Task.Run(() => host.RunAsync(seed, stop.Token), CancellationToken.None);
        return host;
    }
}
