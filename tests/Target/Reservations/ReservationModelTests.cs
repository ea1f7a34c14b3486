using Migrate.Target.Admin;

namespace Migrate.Target.Tests.Reservations;

/// <summary>Random reservation commands of four hosts against a model: every status, every report, and who may read and write.</summary>
public sealed class ReservationModelTests
{
    private const int Hosts = 4;
    private const int Steps = 400;

    public static TheoryData<TargetEngine, int> Runs => new()
    {
        { TargetEngine.EventLoops, 1 },
        { TargetEngine.EventLoops, 2 },
        { TargetEngine.EventLoopsWithoutRing, 3 },
        { TargetEngine.Threads, 4 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Any_sequence_of_commands_answers_as_the_model_does(TargetEngine engine, int seed)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-reservations-").FullName;
        var random = new Random(seed);
        var model = new ReservationModel();
        var uuid = Guid.NewGuid();
        try
        {
            for (var life = 0; life < 5; life++)
            {
                await using var target = await RunningTarget.StartAsync(directory, o => o with { Engine = engine });
                var nsid = (await target.CreateAsync(1 << 20, uuid)).Nsid;
                var hosts = Enumerable.Range(0, Hosts).Select(h => ReservationHost.Open(target, nsid, h + 1)).ToList();
                for (var step = 0; step < Steps; step++)
                {
                    var host = random.Next(Hosts);
                    var (what, expected, actual) = Step(random, hosts[host], host, model);
                    actual.ShouldBe(expected, $"seed {seed}, life {life}, step {step}: host {host} {what}");
                    Compare(hosts, model, $"seed {seed}, life {life}, step {step}: after host {host} {what}");
                }

                hosts.ForEach(h => h.Dispose());
                model.Restart();
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static (string What, int Expected, int Actual) Step(Random random, ReservationHost host, int number, ReservationModel model)
    {
        // Few keys, several hosts with the same one, now and then a wrong one or none.
        ulong Key() => (ulong)random.Next(random.Next(6) == 0 ? 1 : 4);
        var mine = model.Keys.TryGetValue(number, out var registered) && random.Next(8) != 0 ? registered : Key();
        var ignores = random.Next(8) == 0;
        var type = random.Next(3) == 0 && model.Type != 0 ? model.Type : random.Next(10) == 0 ? random.Next(9) : random.Next(1, 7);
        switch (random.Next(5))
        {
            case 0 or 1:
                var (action, persistence, next) = (random.Next(random.Next(10) == 0 ? 8 : 3), (uint)random.Next(4), Key());
                return ($"registers {next} for {mine} (action {action}, persistence {persistence}, ignoring {ignores})",
                    model.Register(number, action, ignores, persistence, mine, next), host.Register(next, mine, action, ignores, persistence));
            case 2 or 3:
                var (acquire, key) = (random.Next(random.Next(10) == 0 ? 8 : 3), Key());
                return ($"acquires type {type} by {mine} (action {acquire}, preempting {key}, ignoring {ignores})",
                    model.Acquire(number, acquire, type, ignores, mine, key), host.Acquire(mine, type, acquire, key, ignores));
            default:
                var release = random.Next(6) == 0 ? random.Next(1, 4) : 0;
                return ($"releases type {type} by {mine} (action {release})", model.Release(number, release, type, mine), host.Release(mine, type, release));
        }
    }

    private static void Compare(List<ReservationHost> hosts, ReservationModel model, string when)
    {
        var report = hosts[0].Report();
        (report.Generation, report.Type, report.Persists, report.Count).ShouldBe((model.Generation, model.Type, model.Persists, model.Keys.Count), when);
        report.Entries.Select(e => (e.HostId, e.Key, e.Holds, e.ControllerId)).OrderBy(e => e.HostId).ShouldBe(
            model.Keys.Select(k => (hosts[k.Key].Id, k.Value, model.Holds(k.Key), hosts[k.Key].Queue.ControllerId)).OrderBy(e => e.Id), when);
        for (var host = 0; host < hosts.Count; host++)
        {
            (hosts[host].Read() == 0, hosts[host].Write() == 0).ShouldBe((model.MayRead(host), model.MayWrite(host)), $"{when}: host {host}");
        }
    }
}
