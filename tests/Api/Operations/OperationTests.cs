using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Api.Cli;
using Migrate.Api.Operations;
using Migrate.Api.Security.Keys;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Operations;

public sealed class OperationTests(RunningServer server)
{
    private readonly string _subject = "sources/op-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private OperationRunner Runner => server.Services.GetRequiredService<OperationRunner>();

    private OperationViews Views => server.Services.GetRequiredService<OperationViews>();

    [Fact]
    public async Task The_same_that_is_under_way_is_the_same_operation_other_values_are_refused_and_afterwards_it_is_another()
    {
        var (let, calls) = (new TaskCompletionSource(), new ConcurrentQueue<int>());
        var first = await BeginAsync("a", Hold(let, calls));
        (await BeginAsync("a", Hold(let, calls))).ShouldBe(first);
        (await Should.ThrowAsync<MigrateException>(BeginAsync("b", Hold(let, calls)))).ShouldSatisfyAllConditions(x => x.Code.ShouldBe("operation.busy"), x => x.Remedy.ShouldContain($"migrate operation wait {first}"));
        var elsewhere = await Runner.BeginAsync(OperationKind.SynchroniseSource, _subject + "-other", "b", "ann", Hold(let, calls), Cancel);
        elsewhere.ShouldNotBe(first);
        var otherwise = await Runner.BeginAsync(OperationKind.CheckPlan, _subject, "b", "ann", Hold(let, calls), Cancel);

        var seen = await Views.FindAsync(first, Cancel);
        (seen.Kind, seen.Subject, seen.StartedBy, seen.FinishedAt, seen.IsUnderWay).ShouldBe((OperationKind.SynchroniseSource, _subject, "ann", null, true));
        let.SetResult();
        (await EndAsync(first)).ShouldSatisfyAllConditions(
            x => x.State.ShouldBe(OperationState.Succeeded), x => x.Result!.Inventory!.Number.ShouldBe(7), x => x.Problem.ShouldBeNull(), x => x.Progress.ShouldBeNull(), x => x.FinishedAt!.Value.ShouldBeGreaterThanOrEqualTo(x.StartedAt!.Value));
        await EndAsync(elsewhere);
        await EndAsync(otherwise);
        calls.Count.ShouldBe(3);
        var again = await BeginAsync("b", Hold(let, calls));
        again.ShouldNotBe(first);
        (await EndAsync(again)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Four_of_a_kind_are_done_at_once_and_others_wait_but_not_those_of_other_kinds()
    {
        // On a server of its own: other tests begin operations, too.
        await using var own = new RunningServer();
        await own.InitializeAsync();
        var runner = own.Services.GetRequiredService<OperationRunner>();
        var (let, calls) = (new TaskCompletionSource(), new ConcurrentQueue<int>());
        List<Guid> ids = [];
        for (var i = 0; i < 6; i++)
        {
            ids.Add(await runner.BeginAsync(OperationKind.VerifyManifest, $"{_subject}/{i}", null, "ann", Hold(let, calls), Cancel));
        }

        await UntilAsync(() => calls.Count == 4);
        await EndAsync(await runner.BeginAsync(OperationKind.CheckPlan, _subject, null, "ann", (_, _) => Task.FromResult(new OperationResult()), Cancel), own);
        calls.Count.ShouldBe(4, "others wait");
        using var http = own.Client();
        var queued = JsonNode.Parse(await http.GetStringAsync($"/api/v1/operations?state=Queued&kind=VerifyManifest&subject={_subject.ToUpperInvariant()}", Cancel))!;
        queued["total"]!.GetValue<int>().ShouldBe(2);

        // One that waits is cancelled at once, without its turn.
        var waiting = queued["items"]![0]!["id"]!.GetValue<Guid>();
        using var cancelled = await http.PostAsync($"/api/v1/operations/{waiting}/cancel", null, Cancel);
        (cancelled.StatusCode, cancelled.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.Accepted, $"/api/v1/operations/{waiting}"));
        (await EndAsync(waiting, own)).ShouldSatisfyAllConditions(x => x.State.ShouldBe(OperationState.Cancelled), x => x.StartedAt.ShouldBeNull(), x => x.Problem!.Title.ShouldContain("cancelled by admin"));
        let.SetResult();
        foreach (var id in ids.Where(x => x != waiting))
        {
            (await EndAsync(id, own)).State.ShouldBe(OperationState.Succeeded);
        }

        calls.Count.ShouldBe(5);
    }

    [Fact]
    public async Task It_tells_how_far_it_is_and_is_cancelled_once()
    {
        using var http = server.Client();
        var id = await BeginAsync(null, async (progress, stop) =>
        {
            progress.Report("12 of 13");
            await Task.Delay(Timeout.Infinite, stop);
            return new OperationResult();
        });
        await UntilAsync(async () => (await Views.FindAsync(id, Cancel)).Progress == "12 of 13");
        using (var seen = await http.GetAsync($"/api/v1/operations/{id}", Cancel))
        {
            seen.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        }

        // By the page, as by the call.
        using (var browser = new Pages.Browser(server))
        {
            (await browser.PageAsync("/work")).ShouldContain("12 of 13");
            using var stopped = await browser.SendAsync("/work", $"value=\"stop-{id}\"");
            stopped.StatusCode.ShouldBe(HttpStatusCode.Redirect, await stopped.Content.ReadAsStringAsync(Cancel));
        }

        (await EndAsync(id)).Problem!.ShouldSatisfyAllConditions(x => x.Code.ShouldBe("operation.cancelled"), x => x.Status.ShouldBe(409), x => x.Type.ShouldBe("urn:migrate:problem:operation.cancelled"));
        using var late = await http.PostAsync($"/api/v1/operations/{id}/cancel", null, Cancel);
        (late.StatusCode, JsonNode.Parse(await late.Content.ReadAsStringAsync(Cancel))!["code"]!.GetValue<string>()).ShouldBe((HttpStatusCode.Conflict, "operation.wrong-phase"));
        (await server.RunAsync("operation", "cancel", $"{Guid.NewGuid()}")).Error.ShouldContain("There is no operation");
    }

    [Fact]
    public async Task What_is_refused_is_told_in_full_and_a_defect_tells_nothing_but_where_to_look()
    {
        var refused = await EndAsync(await BeginAsync(null, (_, _) => throw new MigrateException("source.unreachable", "It does not answer.", "Start it.") { LeftBehind = ["a session"] }));
        refused.State.ShouldBe(OperationState.Failed);
        refused.Problem!.ShouldSatisfyAllConditions(x => x.Status.ShouldBe(502), x => x.Title.ShouldBe("It does not answer."), x => x.Remedy.ShouldBe("Start it."), x => x.LeftBehind.ShouldBe(["a session"]), x => x.Errors.ShouldBeEmpty());
        var shown = await server.RunAsync("operation", "wait", $"{refused.Id}");
        shown.ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Out.ShouldContain("source.unreachable"), x => x.Out.ShouldContain("a session"), x => x.Out.ShouldContain("Start it."));

        var defect = await EndAsync(await BeginAsync(null, (_, _) => throw new InvalidOperationException("a word that is not for callers")));
        (defect.State, defect.Problem!.Code, defect.Problem.Status).ShouldBe((OperationState.Failed, "internal", 500));
        JsonSerializer.Serialize(defect).ShouldNotContain("a word that is not for callers");
        defect.Problem.Remedy.ShouldContain($"{defect.Id}");
        server.Log.ShouldContain("a word that is not for callers");
    }

    [Fact]
    public async Task A_stop_and_a_death_of_the_server_are_told_with_the_remedy_and_it_can_be_begun_anew()
    {
        await using var own = new RunningServer();
        await own.InitializeAsync();
        var stopped = await own.Services.GetRequiredService<OperationRunner>().BeginAsync(OperationKind.ProbeHost, _subject, null, "ann", Never, Cancel);
        var died = Guid.NewGuid();
        await using (var db = await own.DatabaseAsync())
        {
            // As a process leaves it that is killed.
            db.Operations.Add(new Operation { Id = died, Kind = OperationKind.CheckPlan, Subject = "plans/first", State = OperationState.Running, StartedBy = "ann", CreatedAt = DateTime.UnixEpoch, StartedAt = DateTime.UnixEpoch });
            await db.SaveChangesAsync(Cancel);
        }

        await own.RestartAsync();

        foreach (var id in new[] { stopped, died })
        {
            var seen = await own.Services.GetRequiredService<OperationViews>().FindAsync(id, Cancel);
            (seen.State, seen.Problem!.Code, seen.Problem.Status, seen.FinishedAt is null).ShouldBe((OperationState.Interrupted, "operation.interrupted", 503, false));
            seen.Problem.Remedy.ShouldStartWith("See first whether it was done at the last moment; else start it again");
        }

        var again = await own.Services.GetRequiredService<OperationRunner>().BeginAsync(OperationKind.ProbeHost, _subject, null, "ann", (_, _) => Task.FromResult(new OperationResult()), Cancel);
        (await EndAsync(again, own)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task A_synchronisation_that_fails_fails_its_command_as_ever_and_what_does_not_exist_is_refused_at_once()
    {
        var name = _subject["sources/".Length..];
        await using var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(3, hosts: 1), new SimulatorOptions(), Cancel);
        (await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = simulator.Password }, "source", "add", name, "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint)).ExitCode.ShouldBe(0);
        await PinAsync(name, string.Join(':', Enumerable.Repeat("00", 32)));
        var failed = await server.RunAsync("inventory", "sync", name, "--json");
        var told = JsonNode.Parse(failed.Error)!;
        (failed.ExitCode, told["code"]!.GetValue<string>(), told["exitCode"]!.GetValue<int>()).ShouldBe((1, "source.thumbprint-mismatch", 1));

        // Nobody waits: its id, and somebody waits later.
        await PinAsync(name, simulator.Thumbprint);
        var begun = await server.RunAsync("inventory", "sync", name, "--no-wait");
        (begun.ExitCode, Guid.TryParse(begun.Out.Trim(), out var id)).ShouldBe((0, true), begun.Error);
        begun.Error.ShouldContain("migrate operation wait");
        var waited = await server.RunAsync("operation", "wait", $"{id}");
        waited.ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(0, waited.Error), x => x.Out.ShouldContain("Version 1: 3 VMs"), x => x.Out.ShouldContain("by admin"));

        var listed = JsonNode.Parse((await server.RunAsync("operation", "list", "--kind", "SynchroniseSource", "--subject", $"sources/{name}", "--json")).Out)!.AsArray();
        listed.Select(x => x!["state"]!.GetValue<string>()).ShouldBe(["Succeeded", "Failed"]);
        (listed[1]!["problem"]!["code"]!.GetValue<string>(), listed[0]!["result"]).ShouldBe(("source.thumbprint-mismatch", null), "lists are without results");

        // A caller that lost the answer gets it again, also when the operation is over: one that asks anew begins another.
        using var http = server.Client();
        var key = Guid.NewGuid().ToString();
        var first = await SynchroniseAsync(http, name, key);
        await EndAsync(first);
        (await SynchroniseAsync(http, name, key)).ShouldBe(first);
        var another = await SynchroniseAsync(http, name, key: null);
        another.ShouldNotBe(first);
        await EndAsync(another);

        using var unknown = await http.PostAsync("/api/v1/sources/none-of-this/sync", null, Cancel);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var fio = await http.PostAsync("/api/v1/hosts/none-of-this/probe", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), Cancel);
        fio.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var plan = await http.PostAsync("/api/v1/plans/none-of-this/checks", null, Cancel);
        plan.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Whoever_stops_waiting_stops_nothing_else_and_is_told_how_to_follow()
    {
        var id = await BeginAsync(null, Never);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var error = new InterruptingWriter("Reading the inventory: running", interrupt);
        var terminal = new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = error, ErrorIsTerminal = true, Environment = x => x == "MIGRATE_DATA" ? server.Directory : null, Variables = () => ["MIGRATE_DATA"] };
        (await CommandLine.RunAsync(["operation", "wait", $"{id}"], terminal, interrupt.Token)).ShouldBe(ExitCode.Interrupted);
        error.ToString().ShouldContain($"It goes on at the server: 'migrate operation wait {id}' follows it");

        (await Views.FindAsync(id, Cancel)).IsUnderWay.ShouldBeTrue();
        await Runner.CancelAsync(id, "ann", Cancel);
        await EndAsync(id);
    }

    [Fact]
    public async Task A_key_of_an_area_sees_what_it_begins_there_and_nothing_else()
    {
        var (source, host) = (await BeginAsync(null, Never), await Runner.BeginAsync(OperationKind.ProbeHost, _subject, null, "ann", Never, Cancel));
        var (_, secret) = await server.Services.GetRequiredService<ApiKeys>().CreateAsync("area", Role.Operator, TimeSpan.FromDays(1), ["Sources"], ["Sources"], "test", Cancel);
        using var http = server.Client(secret);
        using var seen = await http.GetAsync($"/api/v1/operations/{source}", Cancel);
        seen.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var other = await http.GetAsync($"/api/v1/operations/{host}", Cancel);
        other.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var stop = await http.PostAsync($"/api/v1/operations/{host}/cancel", null, Cancel);
        stop.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var all = await http.GetAsync("/api/v1/operations", Cancel);
        all.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var own = await http.PostAsync($"/api/v1/operations/{source}/cancel", null, Cancel);
        own.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Runner.CancelAsync(host, "ann", Cancel);
    }

    [Fact]
    public async Task Who_waits_later_gets_the_exit_code_of_the_command_that_began_it()
    {
        foreach (var (result, expected) in new (OperationResult, int)[]
        {
            (new(Verification: new(2000, "d", false, 10, 2, [0], 1, 0)), 1),
            (new(Verification: new(2000, "d", false, 10, 2, [], 1, 2)), 0),
            (new(Check: new(DateTime.UnixEpoch, DateTime.UnixEpoch, 1, 1, 0, 0, [])), 3),
            (new(Check: new(DateTime.UnixEpoch, DateTime.UnixEpoch, 1, 0, 1, 0, [])), 0),
        })
        {
            var waited = await server.RunAsync("operation", "wait", $"{(await EndAsync(await BeginAsync(null, (_, _) => Task.FromResult(result)))).Id}");
            waited.ExitCode.ShouldBe(expected, waited.Error);
        }
    }

    [Fact]
    public async Task What_cannot_be_written_fails_and_trouble_with_the_database_is_no_defect()
    {
        var unwritable = await EndAsync(await BeginAsync(null, (_, _) => Task.FromResult(new OperationResult(Verification: new(2000, "d", true, 1, 0, [], double.NaN, 0)))));
        (unwritable.State, unwritable.Problem!.Code).ShouldBe((OperationState.Failed, "internal"));

        var trouble = await EndAsync(await BeginAsync(null, (_, _) => throw new DbUpdateException("words of EF")));
        (trouble.State, trouble.Problem!.Code, trouble.Problem.Status, trouble.Problem.Remedy).ShouldBe((OperationState.Failed, "database.trouble", 503, "See that the database answers, then start it again."));
    }

    [Fact]
    public async Task What_is_over_stays_as_it_ended_and_what_nobody_does_any_more_is_ended_by_a_cancel()
    {
        var (let, calls) = (new TaskCompletionSource(), new ConcurrentQueue<int>());
        var id = await BeginAsync(null, Hold(let, calls));
        await UntilAsync(() => !calls.IsEmpty);
        var left = Guid.NewGuid();
        await using (var db = await server.DatabaseAsync())
        {
            await db.Operations.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.State, OperationState.Interrupted), Cancel);
            db.Operations.Add(new Operation { Id = left, Kind = OperationKind.CheckPlan, Subject = _subject, State = OperationState.Running, StartedBy = "ann", CreatedAt = DateTime.UnixEpoch });
            await db.SaveChangesAsync(Cancel);
        }

        let.SetResult();
        await UntilAsync(async () => await BeginAsync(null, Hold(let, calls)) != id);
        (await Views.FindAsync(id, Cancel)).State.ShouldBe(OperationState.Interrupted);

        await Runner.CancelAsync(left, "ann", Cancel);
        (await Views.FindAsync(left, Cancel)).ShouldSatisfyAllConditions(x => x.State.ShouldBe(OperationState.Interrupted), x => x.Problem!.Code.ShouldBe("operation.interrupted"), x => x.FinishedAt.ShouldNotBeNull());
        (await Should.ThrowAsync<MigrateException>(Runner.CancelAsync(left, "ann", Cancel))).Code.ShouldBe("operation.wrong-phase");
    }

    [Fact]
    public async Task A_server_that_stops_begins_nothing()
    {
        using var runner = new OperationRunner(server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>(), TimeProvider.System, NullLogger<OperationRunner>.Instance);
        await runner.StopAsync(Cancel);
        var refused = await Should.ThrowAsync<MigrateException>(runner.BeginAsync(OperationKind.CheckPlan, _subject, null, "ann", Never, Cancel));
        (refused.Code, Migrate.Api.Problems.ProblemStatus.Of(refused)).ShouldBe(("server.stopping", 503));
    }

    private static async Task<Guid> SynchroniseAsync(HttpClient http, string source, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sources/{source}/sync");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var answer = await http.SendAsync(request, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(Cancel));
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["id"]!.GetValue<Guid>();
    }

    private async Task PinAsync(string source, string thumbprint)
    {
        await using var db = await server.DatabaseAsync();
        await db.Sources.Where(x => x.Name == source).ExecuteUpdateAsync(set => set.SetProperty(x => x.Thumbprint, thumbprint), Cancel);
    }

    private static Func<IProgress<string>, CancellationToken, Task<OperationResult>> Hold(TaskCompletionSource let, ConcurrentQueue<int> calls) => async (_, stop) =>
    {
        calls.Enqueue(0);
        await let.Task.WaitAsync(stop);
        return new OperationResult(Inventory: new(7, DateTime.UnixEpoch, "about", 1, 2, 3, 4, 5, 6, ["gap"]));
    };

    private static async Task<OperationResult> Never(IProgress<string> progress, CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop);
        return new OperationResult();
    }

    private Task<Guid> BeginAsync(object? asked, Func<IProgress<string>, CancellationToken, Task<OperationResult>> act) => Runner.BeginAsync(OperationKind.SynchroniseSource, _subject, asked, "ann", act, Cancel);

    private async Task<OperationView> EndAsync(Guid id, RunningServer? at = null)
    {
        var views = (at ?? server).Services.GetRequiredService<OperationViews>();
        await UntilAsync(async () => !(await views.FindAsync(id, Cancel)).IsUnderWay);
        return await views.FindAsync(id, Cancel);
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            await Task.Delay(50, Cancel);
        }
    }

    /// <summary>Ctrl-C as soon as something is said.</summary>
    private sealed class InterruptingWriter(string at, CancellationTokenSource interrupt) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(at, StringComparison.Ordinal) == true)
            {
                interrupt.Cancel();
            }
        }
    }
}
