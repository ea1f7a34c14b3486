namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>What can die, or be lost, while somebody is held at a checkpoint.</summary>
internal static class CheckpointDeaths
{
    public const string WorkerBefore = "worker before";
    public const string WorkerAfter = "worker after";
    public const string Postgres = "PostgreSQL";
    public const string Connection = "connection to PostgreSQL";
    public const string Target = "target";
    public const string TargetsPower = "target's power";
    public const string Simulator = "simulator";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Waits at every one of the gates, in whatever order somebody comes to them, has a victim chosen for it and kills that there. Gives what was done.
    /// </summary>
    public static async Task<IReadOnlyList<string>> AtAllAsync(KillYard yard, CheckpointGates gates, IEnumerable<Gate> all, Func<string, string> choose)
    {
        var told = new List<string>();
        var left = all.Select(x => x.Name).ToHashSet();
        while (left.Count > 0)
        {
            IReadOnlyList<(int Backend, string Gate)> held = [];
            await yard.Runs.UntilAsync(async () => (held = await gates.WaitingAsync()).Count > 0, $"one of {string.Join(", ", left)}", yard.Said);
            var chosen = choose(held[0].Gate);
            await AtAsync(yard, gates, held, chosen);
            left.Remove(held[0].Gate).ShouldBeTrue();
            KillSettings.Tell($"kill {told.Count + 1} at {held[0].Gate}: {chosen}");
            told.Add($"{held[0].Gate}: {chosen}");
        }

        return told;
    }

    /// <summary>Kills with the first of the held at its gate, opens that gate for good and starts what was killed.</summary>
    private static async Task AtAsync(KillYard yard, CheckpointGates gates, IReadOnlyList<(int Backend, string Gate)> held, string victim)
    {
        var (first, gate) = held[0];
        switch (victim)
        {
            case WorkerBefore or WorkerAfter:
                await yard.Workers[0].KillAsync();
                foreach (var (backend, _) in held.Where(x => victim == WorkerBefore || x.Gate != gate))
                {
                    await gates.AbortAsync(backend); // Of those held elsewhere the gates stay closed.
                }

                await gates.OpenAsync(gate);
                await yard.Workers[0].StartAsync();
                break;
            case Connection:
                await gates.AbortAsync(first);
                await gates.OpenAsync(gate);
                break;
            case Postgres:
                await yard.Postgres!.KillAsync();
                await yard.Postgres.StartAsync();
                await gates.OpenAsync(gate);
                break;
            case Target or TargetsPower:
                await (victim == Target ? yard.Target!.KillAsync() : yard.CutTargetsPowerAsync());
                await gates.OpenAsync(gate);
                await Task.Delay(500, Cancellation);
                await yard.StartTargetAsync();
                break;
            case Simulator:
                await yard.Simulator.KillAsync();
                await gates.OpenAsync(gate);
                await Task.Delay(500, Cancellation);
                await yard.StartSimulatorAsync();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(victim), victim, "nothing of that name");
        }
    }
}
