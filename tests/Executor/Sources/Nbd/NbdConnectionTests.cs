using Migrate.Executor.Sources.Nbd;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources.Nbd;

public sealed class NbdConnectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_connection_says_why_and_not_that_somebody_cancelled()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("memory", "4M");
        await using var connection = await NbdConnection.OpenAsync(server.Endpoint, TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        await server.StopAsync();
        while (!connection.IsBroken)
        {
            await Task.Delay(5, Cancel);
        }
        // The reader may have looked at it just before.
        var error = await Should.ThrowAsync<MigrateException>(() => connection.CallAsync(new NbdRequest(NbdCommand.Read, 0, 4096, new byte[4096]), Cancel));
        (error.Code, error.IsTransient).ShouldBe(("source.connection-cut", true));
    }

    [Fact]
    public async Task A_request_that_was_given_up_before_it_was_sent_is_not_waited_for()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("memory", "4M");
        var time = new Jobs.ManualTime();
        await using var connection = await NbdConnection.OpenAsync(server.Endpoint, TimeSpan.FromSeconds(60), time, Cancel);
        await Should.ThrowAsync<OperationCanceledException>(() => connection.CallAsync(new NbdRequest(NbdCommand.Read, 0, 4096, new byte[4096]), new CancellationToken(canceled: true)));

        time.Advance(TimeSpan.FromMinutes(10));

        connection.IsBroken.ShouldBeFalse();
        await connection.CallAsync(new NbdRequest(NbdCommand.Read, 0, 4096, new byte[4096]), Cancel);
    }
}
