using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Migrate.Api.Manifests;
using Migrate.Api.Operations;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Cli;

/// <summary>Waits for operations of a server that this test plays, since it answers wrongly at chosen moments.</summary>
public sealed class OperationWatchTests
{
    private static readonly Guid First = Guid.Parse("01a1fbaf-6b05-77c9-8192-a39457ff0491");
    private static readonly Guid Second = Guid.Parse("01a1fbaf-6b05-77c9-8192-a39457ff0492");

    [Fact]
    public async Task A_server_that_is_away_for_a_while_is_waited_for()
    {
        var asked = 0;
        await using var server = await ServeAsync(_ => Interlocked.Increment(ref asked) switch
        {
            1 => Answer(Running(First)),
            2 => Results.StatusCode(502),
            3 => Results.StatusCode(503),
            4 => Results.StatusCode(504),
            _ => Answer(Running(First) with { State = OperationState.Succeeded, Result = new OperationResult() }),
        });
        var result = await RunAsync(server, "operation", "wait", $"{First}");
        result.ExitCode.ShouldBe(0, result.Error);
        result.Error.Split("trying again").Length.ShouldBe(2, "said once, however often it is tried");
    }

    [Fact]
    public async Task A_question_that_is_never_answered_is_asked_again()
    {
        var asked = 0;
        using var never = new ManualResetEventSlim();
        await using var server = await ServeAsync(_ =>
        {
            switch (Interlocked.Increment(ref asked))
            {
                case 1:
                    return Answer(Running(First));
                case 2:
                    never.Wait(TestContext.Current.CancellationToken);
                    return Results.StatusCode(500);
                default:
                    return Answer(Running(First) with { State = OperationState.Succeeded, Result = new OperationResult() });
            }
        });
        var result = await RunAsync(server, "operation", "wait", $"{First}");
        never.Set();
        result.ExitCode.ShouldBe(0, result.Error);
        result.Error.ShouldContain("trying again");
    }

    [Fact]
    public async Task Who_gives_up_is_told_how_to_follow()
    {
        var asked = 0;
        await using var server = await ServeAsync(_ => Interlocked.Increment(ref asked) == 1 ? Answer(Running(First)) : Results.StatusCode(500));
        var result = await RunAsync(server, "operation", "wait", $"{First}");
        result.ExitCode.ShouldBe(1, result.Error);
        result.Error.ShouldContain($"It goes on at the server: 'migrate operation wait {First}' follows it");
    }

    [Fact]
    public async Task All_disks_are_begun_before_any_is_waited_for_and_one_that_fails_leaves_the_others_told()
    {
        var calls = new ConcurrentQueue<string>();
        await using var server = await ServeAsync(
            id => Answer(id == First
                ? Running(id) with { State = OperationState.Failed, Problem = new OperationProblem("", "It cannot be read.", 502, "a.code", "Do this.", [], []) }
                : Running(id) with { State = OperationState.Succeeded, Result = new OperationResult(Verification: new VerificationView(2001, "second", true, 5, 0, [], 1, 0)) }),
            calls);
        var result = await RunAsync(server, "verify", $"{Guid.NewGuid()}");
        result.ExitCode.ShouldBe(1, result.Error);
        calls.ShouldBe(["begin 2000", "begin 2001", $"see {First}", $"see {Second}"]);
        result.Out.ShouldContain("second: equal");
        result.Error.ShouldContain("It cannot be read.");
    }

    private static OperationView Running(Guid id) => new(id, OperationKind.VerifyManifest, "runs/1", OperationState.Running, null, "ann", DateTime.UnixEpoch, null, null, null, null);

    private static IResult Answer<T>(T value) => Results.Json(value, Json.Options);

    private static Task<CommandResult> RunAsync(WebApplication server, params string[] args) =>
        CommandResult.OfAsync(new() { ["MIGRATE_TOKEN"] = "t" }, [.. args, "--server", server.Urls.First()]);

    private static async Task<WebApplication> ServeAsync(Func<Guid, IResult> see, ConcurrentQueue<string>? calls = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/api/v1/runs/{run}/manifests", () => Answer<ManifestView[]>([new(2000, "first", 1), new(2001, "second", 1)]));
        app.MapPost("/api/v1/runs/{run}/manifests/{disk:int}/verify", (int disk) =>
        {
            calls?.Enqueue($"begin {disk}");
            return Answer(Running(disk == 2000 ? First : Second));
        });
        app.MapGet("/api/v1/operations/{id:guid}", (Guid id) =>
        {
            calls?.Enqueue($"see {id}");
            return see(id);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
