using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>migrate-target dies under the kernel's I/O and comes back: the kernel must wait, reconnect and lose nothing.</summary>
public sealed class KilledTargetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Linux_reconnects_to_a_killed_and_restarted_target_and_its_data_is_right()
    {
        var image = await GuestImage.PrepareAsync(Cancel);
        var directory = Directory.CreateTempSubdirectory("migrate-kill-").FullName;
        var uuid = Guid.NewGuid();
        var target = await TargetProcess.StartAsync(directory, 0, uuid, "32M");
        var port = target.Port;
        try
        {
            var restart = Task.CompletedTask;
            async Task RestartAsync()
            {
                await target.KillAsync();
                await Task.Delay(TimeSpan.FromSeconds(5), Cancel); // the kernel tries in vain a few times
                target = await TargetProcess.StartAsync(directory, port, uuid, "32M");
            }

            var job = $"""
                PORT={port} NQN=nqn.2026-01.org.migrate:target UUID={uuid}
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "survivor.sh"), Cancel)}
                """;
            var run = await GuestRun.RunAsync(image, job, line =>
            {
                if (line.Trim() == "MARK kill")
                {
                    restart = RestartAsync();
                }
            }, TimeSpan.FromMinutes(10), [], Cancel);

            await restart;
            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
            run.Console.ShouldContain("Successfully reconnected");
            (await target.TerminateAsync()).ShouldBe(0);
        }
        finally
        {
            await target.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }
}
