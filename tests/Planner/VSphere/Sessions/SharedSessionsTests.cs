using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Sessions;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.Sessions;

/// <summary>Everything that a process does at a server is one session there.</summary>
public sealed class SharedSessionsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_ask_at_once_and_after_each_other_share_one_login()
    {
        await using var server = await StartAsync();
        await using var sessions = Sessions();
        var users = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => sessions.OpenAsync(EndpointOf(server), Cancel)));
        server.OpenSessions.ShouldBe(1);
        server.Faults.ApiCalls["Login"].ShouldBe(1);
        foreach (var user in users)
        {
            await user.DisposeAsync();
            await user.DisposeAsync();
        }

        await using var later = await sessions.OpenAsync(EndpointOf(server), Cancel);
        (await later.ReadInventoryAsync(Cancel)).Vms.Count.ShouldBe(4);
        server.Faults.ApiCalls["Login"].ShouldBe(1);
    }

    [Fact]
    public async Task It_ends_some_time_after_its_last_user_and_the_next_one_logs_in_anew()
    {
        await using var server = await StartAsync();
        await using var sessions = Sessions(TimeSpan.FromMilliseconds(50));
        var user = await sessions.OpenAsync(EndpointOf(server), Cancel);
        await Task.Delay(150, Cancel);
        server.OpenSessions.ShouldBe(1, "it is in use");
        await user.DisposeAsync();
        while (server.OpenSessions > 0)
        {
            await Task.Delay(10, Cancel);
        }

        await using var next = await sessions.OpenAsync(EndpointOf(server), Cancel);
        await next.ReadClockAsync(Cancel);
        server.Faults.ApiCalls["Login"].ShouldBe(2);
    }

    [Fact]
    public async Task One_that_the_server_has_ended_meanwhile_is_logged_in_again_before_it_is_given()
    {
        await using var server = await StartAsync();
        await using var sessions = Sessions();
        await using (await sessions.OpenAsync(EndpointOf(server), Cancel))
        {
        }

        server.Faults.ExpireSessions();
        await using var user = await sessions.OpenAsync(EndpointOf(server), Cancel);
        server.OpenSessions.ShouldBe(1, "disk data is read with its cookie, without a call that would notice");
        server.Faults.ApiCalls["Login"].ShouldBe(2);
    }

    [Fact]
    public async Task Another_password_is_another_login_and_one_that_fails_is_tried_again()
    {
        await using var server = await StartAsync();
        await using var sessions = Sessions();
        await using var good = await sessions.OpenAsync(EndpointOf(server), Cancel);
        var wrong = EndpointOf(server) with { Password = "wrong" };
        (await Should.ThrowAsync<MigrateException>(() => sessions.OpenAsync(wrong, Cancel))).Code.ShouldBe("source.login-failed");
        (await Should.ThrowAsync<MigrateException>(() => sessions.OpenAsync(wrong, Cancel))).Code.ShouldBe("source.login-failed");
        server.Faults.FailHttp(1, 502);
        (await Should.ThrowAsync<MigrateException>(() => sessions.OpenAsync(EndpointOf(server), Cancel))).IsTransient.ShouldBeTrue();
        await using var again = await sessions.OpenAsync(EndpointOf(server), Cancel);
        server.OpenSessions.ShouldBe(1);
    }

    [Fact]
    public async Task The_end_of_the_process_logs_out_whoever_still_uses_it()
    {
        await using var server = await StartAsync();
        var sessions = Sessions();
        var user = await sessions.OpenAsync(EndpointOf(server), Cancel);
        await using (await sessions.OpenAsync(EndpointOf(server), Cancel))
        {
        }

        await sessions.DisposeAsync();
        server.OpenSessions.ShouldBe(0);
        await user.DisposeAsync();
        await sessions.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => sessions.OpenAsync(EndpointOf(server), Cancel));
    }

    private static SharedSessions Sessions(TimeSpan? linger = null) =>
        new(TimeProvider.System, NullLoggerFactory.Instance, new()) { Linger = linger ?? TimeSpan.FromMinutes(10) };

    private static Task<SimulatorServer> StartAsync() => SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2), cancellationToken: Cancel);

    private static VSphereEndpoint EndpointOf(SimulatorServer server) => new(server.Url, server.UserName, server.Password, server.Thumbprint);
}
