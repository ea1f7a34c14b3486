using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Operations;
using Migrate.Api.Waves;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Api.Tests.Waves;

/// <summary>Waves are planned and compared by operations.</summary>
public sealed class WaveOperationTests(RunningServer server)
{
    private static readonly WaveRules Nightly = new()
    {
        Start = new DateTime(2031, 3, 3, 6, 0, 0, DateTimeKind.Utc),
        Days = 20,
        CutoversAtOnce = 1,
        Windows = [new WindowRule("nights", ["daily 22:00-02:00"])],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_are_refused_at_once_with_all_that_is_wrong_and_what_is_planned_is_told_by_the_operation()
    {
        await using var simulator = await WaveSite.OpenAsync(server, "woper");
        using var http = server.Client();

        using var refused = await http.PostAsJsonAsync("/api/v1/plans/woper/wave-versions", Nightly with { Windows = [new WindowRule("nights", ["sometimes"])], Limits = [], Groups = [new GroupRule("shop", [["nobody"]])] }, Json.Options, Cancel);
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancel)).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("wave.rules-invalid");
        problem.GetProperty("title").GetString().ShouldBe("The rules cannot be used: 2 problems.");
        problem.GetProperty("errors").EnumerateArray().Select(x => x.GetString()).ShouldBe(
        [
            "window 'nights': 'sometimes' is no opening like 'Sat 22:00-06:00', 'Mon-Fri 23:00-05:00', 'daily 22:00-04:00', 'Sat 08:00 36h' or '2026-12-24 18:00/2026-12-26 06:00'",
            "group 'shop': no VM of the plan is called 'nobody'",
        ]);
        using var impossible = await http.PostAsJsonAsync("/api/v1/plans/woper/wave-versions", Nightly with { Days = 0, Operators = 0 }, Json.Options, Cancel);
        JsonDocument.Parse(await impossible.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("errors").GetArrayLength().ShouldBe(2);
        using var unknown = await http.PostAsJsonAsync("/api/v1/plans/none-such/wave-versions", Nightly, Json.Options, Cancel);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await OperationsAsync()).ShouldBeEmpty();

        using var begun = await http.PostAsJsonAsync("/api/v1/plans/woper/wave-versions", Nightly, Json.Options, Cancel);
        begun.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var operation = (await begun.Content.ReadFromJsonAsync<OperationView>(Json.Options, Cancel))!;
        begun.Headers.Location!.ToString().ShouldBe($"/api/v1/operations/{operation.Id}");
        (operation.Kind, operation.Subject).ShouldBe((OperationKind.PlanWaves, "plans/woper"));
        var end = await EndAsync(http, operation.Id);
        end.State.ShouldBe(OperationState.Succeeded, end.Problem?.Title);
        var made = end.Result!.Waves!;
        (made.Version.Number, made.Version.Summary.VmCount, made.Rules.CutoversAtOnce).ShouldBe((1, 3, 1));
        // PostgreSQL keeps microseconds.
        var kept = (await http.GetFromJsonAsync<WaveVersionDetail>("/api/v1/plans/woper/wave-versions/newest", Json.Options, Cancel))!.Version;
        kept.MadeAt.ShouldBe(made.Version.MadeAt, TimeSpan.FromMilliseconds(1));
        (kept with { MadeAt = made.Version.MadeAt }).ShouldBeEquivalentTo(made.Version);

        // A command that does not wait, and who waits later; whoever names the plan by its id means the same subject.
        await using var db = await server.DatabaseAsync();
        var plan = await db.Plans.SingleAsync(x => x.Name == "woper", Cancel);
        var id = (await server.RunAsync("wave", "plan", $"{plan.Id}", "--no-wait")).Out.Trim();
        var waited = await server.RunAsync("operation", "wait", id);
        waited.ExitCode.ShouldBe(0, waited.Error);
        waited.Out.ShouldContain("Version 2: 3 VMs in");
        (await OperationsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_comparison_tells_who_moves_otherwise_than_by_the_newest_version_and_makes_none()
    {
        await using var simulator = await WaveSite.OpenAsync(server, "wcomp");
        using var http = server.Client();
        using var nothing = await http.PostAsJsonAsync("/api/v1/plans/wcomp/wave-versions/compare", new CompareWaves([]), Json.Options, Cancel);
        nothing.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await nothing.Content.ReadAsStringAsync(Cancel)).ShouldContain("wave.compare-invalid");

        WaveVariant[] variants = [new("same", Nightly), new("weekend", Nightly with { Windows = [new WindowRule("weekend", ["Sat 08:00 36h"])] }), new("never", Nightly with { Days = 0 })];
        var first = await ComparedAsync(http, variants);
        (first.Newest, first.DowntimeSeconds).ShouldBe((null, null));
        first.Variants.Select(x => x.ChangedVms).ShouldBe([3, 3, 0], "without a version all of them move anew");
        first.Variants[0].Vms.ShouldAllBe(x => x.Before == null && x.After!.Why.Text.Length > 0);
        first.Variants[2].Problem!.ShouldContain("days is 0");
        (await VersionsAsync()).ShouldBe(0);

        (await server.RunAsync("wave", "plan", "wcomp", "--rules", await FileAsync("wcomp.json", Nightly))).ExitCode.ShouldBe(0);
        var compared = await ComparedAsync(http, variants);
        compared.Newest!.Number.ShouldBe(1);
        var (same, weekend, never) = (compared.Variants[0], compared.Variants[1], compared.Variants[2]);
        (same.ChangedVms, same.DowntimeSeconds, same.Summary!.End).ShouldBe((0, compared.DowntimeSeconds, compared.Newest.Summary.End));
        weekend.Rules.Windows[0].Name.ShouldBe("weekend");
        weekend.ChangedVms.ShouldBe(3);
        weekend.Vms.ShouldAllBe(x => x.Before!.CutoverStart.Hour >= 22 && x.After!.CutoverStart.DayOfWeek == DayOfWeek.Saturday);
        (never.Summary, never.ChangedVms, never.Vms.Count).ShouldBe((null, 0, 0));
        (await VersionsAsync()).ShouldBe(1, "what is compared is not kept");
        (await server.RunAsync("wave", "compare", "wcomp", "--rules", Path.Combine(server.Directory, "wcomp.json"))).Out.ShouldContain("0 VMs");
    }

    [Fact]
    public async Task A_plan_that_was_removed_before_its_turn_is_named()
    {
        var waves = server.Services.GetRequiredService<WavePlans>();

        (await Should.ThrowAsync<MigrateException>(waves.MakeAsync(Guid.NewGuid(), Nightly, "ann", Cancel))).Code.ShouldBe("plan.unknown");
    }

    [Fact]
    public void Who_moves_otherwise_is_found_by_wave_and_times()
    {
        VmMove[] before = [Move("stays", 1, 1), Move("goes", 1, 2), Move("later", 1, 3), Move("renumbered", 2, 9)];
        VmMove[] after = [Move("later", 1, 7), Move("comes", 1, 5), Move("stays", 1, 1) with { Why = new WaveReason("window", "nights", "It is closed.") }, Move("renumbered", 3, 9)];

        var changes = WaveDifference.Of(before, after);

        changes.Select(x => (x.Name, x.Before?.CutoverStart.Hour, x.After?.CutoverStart.Hour)).ShouldBe([("comes", null, 5), ("later", 3, 7), ("renumbered", 9, 9), ("goes", 2, null)]);
        changes[2].Before!.Wave.ShouldBe(2);
        WaveDifference.Of(after, after).ShouldBeEmpty();
        WaveDifference.Of(before, after, "-vm").Select(x => x.Name).ShouldBe(["renumbered", "later", "goes", "comes"]);
        WaveDifference.Of(before, after, "wave").Select(x => x.Name).ShouldBe(["comes", "later", "renumbered", "goes"]);
    }

    private static VmMove Move(string name, int wave, int hour) => new()
    {
        Key = "key of " + name,
        Name = name,
        Wave = wave,
        Host = "kvm1",
        CopyStart = DateTime.UnixEpoch,
        CopyEnd = DateTime.UnixEpoch,
        BytesPerSecond = 1,
        CopyBytes = 1,
        CutoverStart = DateTime.UnixEpoch.AddHours(hour),
        CutoverEnd = DateTime.UnixEpoch.AddHours(hour + 1),
        DowntimeSeconds = new(60, 60, 60),
        Why = new WaveReason("none", "", ""),
    };

    private static async Task<WavesCompared> ComparedAsync(HttpClient http, IReadOnlyList<WaveVariant> variants)
    {
        using var begun = await http.PostAsJsonAsync("/api/v1/plans/wcomp/wave-versions/compare", new CompareWaves(variants), Json.Options, Cancel);
        begun.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var end = await EndAsync(http, (await begun.Content.ReadFromJsonAsync<OperationView>(Json.Options, Cancel))!.Id);
        (end.State, end.Kind).ShouldBe((OperationState.Succeeded, OperationKind.CompareWaves), end.Problem?.Title);
        return end.Result!.Comparison!;
    }

    private static async Task<OperationView> EndAsync(HttpClient http, Guid id)
    {
        while (true)
        {
            var operation = (await http.GetFromJsonAsync<OperationView>($"/api/v1/operations/{id}", Json.Options, Cancel))!;
            if (!operation.IsUnderWay)
            {
                return operation;
            }

            await Task.Delay(50, Cancel);
        }
    }

    private async Task<IReadOnlyList<Operation>> OperationsAsync()
    {
        await using var db = await server.DatabaseAsync();
        return await db.Operations.AsNoTracking().Where(x => x.Subject == "plans/woper").ToListAsync(Cancel);
    }

    private async Task<int> VersionsAsync()
    {
        await using var db = await server.DatabaseAsync();
        return await db.WaveVersions.CountAsync(x => db.Plans.Any(plan => plan.Id == x.PlanId && plan.Name == "wcomp"), Cancel);
    }

    private async Task<string> FileAsync(string name, WaveRules rules)
    {
        var path = Path.Combine(server.Directory, name);
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(rules, Json.Options), Cancel);
        return path;
    }
}
