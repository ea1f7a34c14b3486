namespace Migrate.Target.Tests.Fuzzing;

// What the process holds can only be compared while no other test opens connections in it.
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection<AloneInTheProcess>]
public sealed class SocketFuzzTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_connections_leave_nothing_behind_and_a_good_host_goes_on_beside_them()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-fuzz-").FullName;
        try
        {
            await using var target = await FuzzTarget.StartAsync(directory, Cancel);

            var run = await SocketFuzzRun.RunAsync(target, seed: 1, TimeSpan.FromSeconds(8), flood: 1500, Cancel);

            TestContext.Current.TestOutputHelper?.WriteLine(run.ToString());
            target.Log.Errors.ShouldBeEmpty();
            (await target.IsGuardedIntactAsync(Cancel)).ShouldBeTrue();
            (await target.IsUnusedAsync(TimeSpan.FromMinutes(1), Cancel)).ShouldBeTrue("no access to a namespace is left");
            run.Fuzzer.Attacks.ShouldBeGreaterThan(20);
            run.Beside.Commands.ShouldBeGreaterThan(50);
            run.Beside.LongestMs.ShouldBeLessThan(30_000, "other hosts keep their rate");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
