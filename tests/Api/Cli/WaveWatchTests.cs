using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Migrate.Api.Tests.Cli;

/// <summary>Watches a server that this test plays, since it goes away and comes back at chosen moments.</summary>
public sealed class WaveWatchTests
{
    private const string Run = """{"id":"01a1fbaf-6b05-77c9-8192-a39457ff049b","plan":"p","wave":1,"vm":"web01","phase":"PHASE","attempt":1,"capacityBytes":1024,"bytesDone":0,"createdAt":"2026-01-01T00:00:00Z","error":ERROR,"errorCode":ERROR,"remedy":ERROR}""";

    [Fact]
    public async Task A_server_that_restarts_is_watched_again_from_the_last_event_on()
    {
        var url = FreeUrl();
        string? cameBackWith = null;
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = await ServeAsync(url, Done, async (http, lastEventId) =>
        {
            if (lastEventId is not null)
            {
                read.TrySetResult(); // Sent is not read: only who comes back tells what it has.
                return;
            }

            await EventAsync(http, "log", 41, Line("info", "before the restart"));
        });
        var watching = WatchAsync(url);
        await read.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await before.DisposeAsync();
        // Long enough for the watcher to find nobody at least once.
        await Task.Delay(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        var after = await ServeAsync(url, Done, async (http, lastEventId) =>
        {
            cameBackWith = lastEventId;
            await EventAsync(http, "log", 42, Line("info", "after the restart"));
            await EventAsync(http, "end", null, "{}");
        });
        var result = await watching.WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);
        await after.DisposeAsync();

        result.ExitCode.ShouldBe(0, result.Error);
        cameBackWith.ShouldBe("41");
        result.Error.ShouldContain("before the restart");
        result.Error.ShouldContain("after the restart");
        result.Error.Split("trying again").Length.ShouldBe(2, "said once, however often it is tried");
    }

    [Fact]
    public async Task An_error_that_was_shown_when_it_came_is_not_printed_again_at_the_end()
    {
        var url = FreeUrl();
        var failed = Run.Replace("PHASE", "Failed").Replace("ERROR", "\"all that QEMU said\"");
        var server = await ServeAsync(url, failed, async (http, _) =>
        {
            await EventAsync(http, "log", 1, Line("error", "all that QEMU said. Do this."));
            await EventAsync(http, "end", null, "{}");
        });
        var result = await WatchAsync(url);
        await server.DisposeAsync();
        result.ExitCode.ShouldBe(1, result.Error);
        result.Error.Split("error: all that QEMU said").Length.ShouldBe(2);
        result.Error.ShouldContain("remedy: ");
    }

    private static string Done => Run.Replace("PHASE", "Completed").Replace("ERROR", "null");

    private static Task<CommandResult> WatchAsync(string url) =>
        CommandResult.OfAsync(new() { ["MIGRATE_TOKEN"] = "t" }, "wave", "show", "p", "--wait", "--server", url);

    private static string Line(string level, string message) =>
        """{"log":{"id":1,"runId":"01a1fbaf-6b05-77c9-8192-a39457ff049b","at":"2026-01-01T00:00:00Z","phase":"Seeding","level":"LEVEL","message":"MESSAGE"}}"""
            .Replace("LEVEL", level).Replace("MESSAGE", message);

    private static async Task EventAsync(HttpContext http, string type, long? id, string data)
    {
        await http.Response.WriteAsync($"event: {type}\n{(id is null ? "" : $"id: {id}\n")}data: {data}\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static async Task<WebApplication> ServeAsync(string url, string run, Func<HttpContext, string?, Task> stream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        app.MapGet("/api/v1/plans/p/waves/1", () => Results.Content($$"""{"plan":"p","wave":1,"runs":[{{run}}]}""", "application/json"));
        app.MapGet("/api/v1/plans/p/waves/1/events", async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await stream(http, http.Request.Headers["Last-Event-ID"].FirstOrDefault());
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }
}
