using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Migrate.GeneratedClient;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Clients;

/// <summary>What an operator's program does, by nothing but the client that NSwag makes of docs/openapi.json. It refuses answers that the document does not describe.</summary>
public sealed class GeneratedClientTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "ds1" }],
          "vms": [{ "name": "g-web", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "2 MiB" }] },
                  { "name": "g-db", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "8 MiB" }] },
                  { "name": "g-mail", "datastore": "ds1", "power": "off", "disks": [{ "capacity": "4 MiB" }] }] }
        """;

    private readonly string _name = "gen-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_a_source_to_a_plan_that_is_changed_by_what_was_seen()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        await using var simulator = await AddSourceAsync(client);
        await AddHostAsync();
        (await client.ListHostsAsync(filter: _name, cancellationToken: Cancel)).Result.Items.ShouldHaveSingleItem().DomainType.ShouldBe("qemu");

        // What the policy says nothing of stays as the server would have it, and words in a map are words.
        var made = await client.CreatePlanAsync(
            new CreatePlan
            {
                Name = _name,
                Source = _name,
                Host = _name,
                Vms = ["g-web"],
                Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new() { Kind = "user", Name = "" } }, Modes = new Dictionary<string, MigrationMode> { ["g-web"] = MigrationMode.Cold }, IsolateSource = false },
            },
            cancellationToken: Cancel);
        (made.StatusCode, made.Headers["Location"].Single()).ShouldBe((201, $"/api/v1/plans/{_name}"));
        var seen = await client.GetPlanAsync(_name, Cancel);
        seen.Result.Plan.VmCount.ShouldBe(1);
        var usual = new Planner.Plans.PlanPolicy();
        (seen.Result.Policy.BootTimeoutSeconds, seen.Result.Policy.VerifyWhileCopying, seen.Result.Policy.IsolateSource).ShouldBe((usual.BootTimeoutSeconds, usual.VerifyWhileCopying, false));
        seen.Result.Policy.Warm.MostPasses.ShouldBe(usual.Warm.MostPasses);
        seen.Result.Policy.Modes["g-web"].ShouldBe(MigrationMode.Cold);

        // Somebody else is faster.
        var tag = seen.Headers["ETag"].Single();
        (await client.AddPlanVmsAsync(_name, new AddPlanVms { Vms = ["g-db"] }, if_Match: tag, cancellationToken: Cancel)).Result.Plan.Plan.VmCount.ShouldBe(2);
        var late = await RefusedAsync(client.AddPlanVmsAsync(_name, new AddPlanVms { Vms = ["g-mail"] }, if_Match: tag, cancellationToken: Cancel), 412);
        (late.Code, late.Type).ShouldBe(("request.version-changed", "urn:migrate:problem:request.version-changed"));
        late.Remedy.ShouldContain("ETag");
        tag = (await client.GetPlanAsync(_name, Cancel)).Headers["ETag"].Single();
        await client.RemovePlanVmAsync(_name, "g-db", if_Match: tag, cancellationToken: Cancel);
        (await client.ListPlannedVmsAsync(_name, cancellationToken: Cancel)).Result.Items.ShouldHaveSingleItem().Disks.ShouldHaveSingleItem().CapacityBytes.ShouldBe(2 << 20);

        (await RefusedAsync(client.RemoveSourceAsync(_name, cancellationToken: Cancel), 409)).Code.ShouldBe("source.in-use");
        (await client.RemovePlanAsync(_name, cancellationToken: Cancel)).StatusCode.ShouldBe(204);
        (await RefusedAsync(client.GetPlanAsync(_name, Cancel), 404)).Code.ShouldBe("plan.unknown");
    }

    [Fact]
    public async Task Lists_are_read_by_pages_in_an_order_and_of_a_name()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        await using var simulator = await AddSourceAsync(client);
        List<string> names = [];
        PageOfVmRow page;
        do
        {
            page = (await client.ListVmsAsync(_name, sort: "-capacity", page: names.Count / 2 + 1, pageSize: 2, cancellationToken: Cancel)).Result;
            names.AddRange(page.Items.Select(x => x.Name));
        }
        while (page.Number * page.PageSize < page.Total);

        names.ShouldBe(["g-db", "g-mail", "g-web"]);
        (await client.ListVmsAsync(_name, filter: "MAIL", powerState: "poweredOff", cancellationToken: Cancel)).Result.Items.ShouldHaveSingleItem().CapacityBytes.ShouldBe(4 << 20);
        (await client.GetVmAsync(_name, "g-db", cancellationToken: Cancel)).Result.Vm.Disks.ShouldHaveSingleItem().CapacityBytes.ShouldBe(8 << 20);
        var order = await RefusedAsync(client.ListVmsAsync(_name, sort: "colour", cancellationToken: Cancel), 422);
        (order.Code, order.Remedy.Contains("capacity", StringComparison.Ordinal)).ShouldBe(("list.order-unknown", true));
        (await client.ListRunsAsync(phase: RunPhase.Ready, vm: _name, cancellationToken: Cancel)).Result.Items.ShouldBeEmpty();

        // Times of a caller that is elsewhere.
        var now = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(-9));
        (await client.ListAuditAsync(action: "SynchroniseSource", target: "sources/" + _name, from: now.AddHours(-1), until: now.AddHours(1), cancellationToken: Cancel)).Result.Items.ShouldNotBeEmpty();
        (await client.ListAuditAsync(action: "SynchroniseSource", target: "sources/" + _name, from: now.AddHours(1), cancellationToken: Cancel)).Result.Items.ShouldBeEmpty();
        (await client.ListAuditAsync(action: "SynchroniseSource", target: "sources/" + _name, until: now.AddHours(-1), cancellationToken: Cancel)).Result.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_with_a_key_is_done_once_and_another_with_it_is_refused()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        var key = Guid.NewGuid().ToString();
        var user = new AddUser { Name = _name, Role = Role.Viewer };
        var first = await client.AddUserAsync(user, idempotency_Key: key, cancellationToken: Cancel);
        var again = await client.AddUserAsync(user, idempotency_Key: key, cancellationToken: Cancel);
        (again.StatusCode, again.Result.CreatedAt, again.Headers["Idempotency-Replayed"].Single()).ShouldBe((201, first.Result.CreatedAt, "true"));
        var stored = (await client.ListUsersAsync(filter: _name, cancellationToken: Cancel)).Result.Items.ShouldHaveSingleItem();
        user.Name = _name + "x";
        (await RefusedAsync(client.AddUserAsync(user, idempotency_Key: key, cancellationToken: Cancel), 422)).Code.ShouldBe("idempotency.key-reused");

        // What is absent stays.
        var changed = await client.UpdateUserAsync(_name, new UpdateUser { Role = Role.Operator }, cancellationToken: Cancel);
        (changed.Result.Role, changed.Result.CreatedAt).ShouldBe((Role.Operator, stored.CreatedAt));
    }

    [Fact]
    public async Task What_is_refused_says_code_and_remedy_and_all_that_is_wrong()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        var host = await RefusedAsync(client.AddHostAsync(new AddHost { Name = "no/slash", Uri = "qemu:///system", DomainType = "fast" }, cancellationToken: Cancel), 422);
        (host.Status, host.Code, host.Errors.Count).ShouldBe((422, "host.invalid", 2));
        (await RefusedAsync(client.CreatePlanAsync(new CreatePlan { Name = "no/slash", Source = "s", Host = "h", Vms = [] }, cancellationToken: Cancel), 422)).Errors.ShouldHaveSingleItem().ShouldStartWith("name:");
        var unknown = await RefusedAsync(client.GetSourceAsync("none-" + _name, Cancel), 404);
        unknown.ShouldSatisfyAllConditions(x => x.Title!.ShouldContain("none-" + _name), x => x.Remedy.ShouldNotBeEmpty(), x => x.TraceId.ShouldNotBeNullOrEmpty());

        var made = await client.CreateKeyAsync(new CreateKey { Name = _name, Role = Role.Viewer, Days = 1 }, Cancel);
        using var viewing = server.Client(made.Result.Secret);
        var viewer = new MigrateClient(viewing);
        (await viewer.GetSessionAsync(Cancel)).Result.Role.ShouldBe(Role.Viewer);
        (await RefusedAsync(viewer.AddUserAsync(new AddUser { Name = _name, Role = Role.Viewer }, cancellationToken: Cancel), 403)).Code.ShouldBe("auth.role-missing");
        (await client.RevokeKeyAsync(made.Result.Key.Id, cancellationToken: Cancel)).Result.State.ShouldBe("revoked");
        (await RefusedAsync(viewer.GetSessionAsync(Cancel), 401)).Code.ShouldBe("auth.required");
    }

    [Fact]
    public async Task What_begins_work_answers_202_and_where_to_look()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        var run = await server.AddRunAsync(_name, (_, _, x) => (x.Phase, x.ResumePhase) = (Planner.Persistence.RunPhase.Seeding, Planner.Persistence.RunPhase.Seeding));
        var paused = await client.PauseRunAsync(run.Id, cancellationToken: Cancel);
        (paused.StatusCode, paused.Headers["Location"].Single(), paused.Result.Vm).ShouldBe((202, $"/api/v1/runs/{run.Id}", _name));
        (await client.GetRunAsync(run.Id, Cancel)).Headers.Keys.ShouldContain("ETag");
    }

    [Fact]
    public async Task A_run_is_followed_as_it_goes_and_after_a_break_from_there()
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        var run = await server.AddRunAsync(_name, (_, _, x) => (x.Phase, x.ResumePhase) = (Planner.Persistence.RunPhase.Paused, Planner.Persistence.RunPhase.Seeding));
        await using (var db = await server.DatabaseAsync())
        {
            db.AddRange(((string[])["one", "two"]).Select(x => new Planner.Persistence.RunEvent { RunId = run.Id, At = DateTime.UnixEpoch, Phase = Planner.Persistence.RunPhase.Seeding, Message = x }));
            await db.SaveChangesAsync(Cancel);
        }

        var (all, last) = await LinesAsync(null);
        all.Select(x => x.Message).ShouldBe(["one", "two"]);
        (await LinesAsync(all[0].Id.ToString(CultureInfo.InvariantCulture))).Lines.ShouldHaveSingleItem().ShouldSatisfyAllConditions(x => x.Message.ShouldBe("two"), x => x.Phase.ShouldBe(RunPhase.Seeding));
        last.ShouldBe(all[1].Id.ToString(CultureInfo.InvariantCulture));

        async Task<(List<RunEventView> Lines, string LastId)> LinesAsync(string? after)
        {
            using var stream = await client.FollowRunAsync(run.Id, last_Event_ID: after, cancellationToken: Cancel);
            var parser = SseParser.Create(stream.Stream, (_, data) => JsonSerializer.Deserialize<RunUpdate>(data, MigrateClient.Settings)!);
            List<RunEventView> lines = [];
            await foreach (var item in parser.EnumerateAsync(Cancel))
            {
                lines.AddRange(item.Data.Log is { } line ? [line] : []);
                if (lines.Count > 0 && lines[^1].Message == "two")
                {
                    break;
                }
            }

            return (lines, parser.LastEventId);
        }
    }

    /// <summary>The other tests tell nothing unless these fail.</summary>
    [Fact]
    public void An_answer_that_lacks_a_member_or_has_one_more_is_refused()
    {
        Should.Throw<JsonException>(() => Read("""{"name":"a","role":"Viewer","through":"t"}""")).Message.ShouldContain("areas");
        Should.Throw<JsonException>(() => Read("""{"name":"a","role":"Viewer","through":"t","areas":[],"more":1}""")).Message.ShouldContain("more");
        Should.Throw<JsonException>(() => Read("""{"name":"a","role":"Emperor","through":"t","areas":[]}"""));
        Read("""{"name":"a","role":"Operator","through":"t","areas":[]}""")!.Role.ShouldBe(Role.Operator);

        static SessionView? Read(string text) => JsonSerializer.Deserialize<SessionView>(text, MigrateClient.Settings);
    }

    private async Task<SimulatorServer> AddSourceAsync(MigrateClient client)
    {
        var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText) with { Seed = _name.Sum(x => x) }, new SimulatorOptions(), Cancel);
        var added = await client.AddSourceAsync(new AddSource { Name = _name, Url = simulator.Url.ToString(), UserName = simulator.UserName, Password = "rehearsal", Thumbprint = simulator.Thumbprint }, cancellationToken: Cancel);
        (added.StatusCode, added.Result.Kind, added.Result.Subject).ShouldBe((202, OperationKind.AddSource, "sources/" + _name));
        (await EndAsync(client, added.Result.Id)).Result!.Source!.Kind.ShouldBe(SourceKind.VSphere);
        var begun = await client.SynchroniseSourceAsync(_name, cancellationToken: Cancel);
        (begun.StatusCode, begun.Headers["Location"].Single(), begun.Result.Kind, begun.Result.Subject).ShouldBe((202, $"/api/v1/operations/{begun.Result.Id}", OperationKind.SynchroniseSource, "sources/" + _name));
        var version = (await EndAsync(client, begun.Result.Id)).Result!.Inventory!;
        (version.Number, version.VmCount).ShouldBe((1, 3));
        version.TakenAt.Offset.ShouldBe(TimeSpan.Zero);
        return simulator;
    }

    /// <summary>As a program waits: for as long as the server says.</summary>
    private static async Task<OperationView> EndAsync(MigrateClient client, Guid id)
    {
        while (true)
        {
            var seen = await client.GetOperationAsync(id, Cancel);
            if (seen.Result.State is not (OperationState.Queued or OperationState.Running))
            {
                seen.Headers.Keys.ShouldNotContain("Retry-After");
                return seen.Result;
            }

            await Task.Delay(TimeSpan.FromSeconds(int.Parse(seen.Headers["Retry-After"].Single(), CultureInfo.InvariantCulture)), Cancel);
        }
    }

    /// <summary>libvirt's own test driver, which no call adds.</summary>
    private async Task AddHostAsync()
    {
        await using var db = await server.DatabaseAsync();
        db.KvmHosts.Add(new Planner.Persistence.KvmHost { Id = Guid.NewGuid(), Name = _name, Uri = "test:///default", DomainType = "qemu", Attachment = "backing" });
        await db.SaveChangesAsync(Cancel);
    }

    private static async Task<ProblemDetails> RefusedAsync(Task call, int status)
    {
        var refused = await Should.ThrowAsync<ApiException<ProblemDetails>>(call);
        refused.StatusCode.ShouldBe(status);
        return refused.Result;
    }
}
