using System.Text.Json;
using Migrate.Api.Pages.Waves;
using Migrate.Planner.Waves;

namespace Migrate.Api.Tests.Pages;

/// <summary>Rules of waves as fields, and back.</summary>
public sealed class WaveRulesFormTests
{
    private static readonly WaveRules All = new()
    {
        Start = new DateTime(2031, 3, 3, 6, 0, 0, DateTimeKind.Utc),
        Days = 30,
        Windows = [new WindowRule("nights", ["Mon-Fri 22:00-04:00", "Sat 08:00 36h"], "Europe/Lisbon"), new WindowRule("once", ["2026-12-24 18:00/2026-12-26 06:00"])],
        Blackouts = [new Blackout(new DateTime(2031, 3, 30, 0, 0, 0, DateTimeKind.Utc), new DateTime(2031, 4, 2, 0, 0, 0, DateTimeKind.Utc), "end of quarter", Copies: true)],
        Groups = [new GroupRule("directory", [["dc0*"]]), new GroupRule("erp", [["erp-db*"], ["erp-app*", "erp-web*"]], ["directory"], "once")],
        GroupBy = ["vapp", "tag:Application"],
        Vms = [new VmRule("test-*", "nights", new DateTime(2031, 3, 9, 0, 0, 0, DateTimeKind.Utc), 1048576)],
        Limits = ["host:*=300MiB", "datastore:ds1=50MiB,300iops@08:00-18:00"],
        CutoversAtOnce = 5,
        CopiesAtOnce = 6,
        Operators = 7,
        AttentionMinutes = 8,
        CpuOvercommit = 2.5,
        RateFactor = 0.5,
        Keep = true,
        Replan = ["web*", "db1"],
        Seed = 9,
    };

    [Fact]
    public void What_the_form_shows_is_read_as_the_same_rules()
    {
        Text(Read(All, new WaveRules())).ShouldBe(Text(All), "each line can be written by hand");
        Text(Read(new WaveRules(), new WaveRules())).ShouldBe(Text(new WaveRules()));
        WaveRulesForm.Fields.Select(x => x.Name).ShouldBe(WaveRulesForm.Of(All).Keys, ignoreOrder: true);
        WaveRulesForm.Of(All).Where(x => x.Value == WaveRulesForm.Of(new WaveRules())[x.Key]).ShouldBeEmpty("every field is tried here");
    }

    [Fact]
    public void A_line_that_was_there_stays_what_it_was_also_where_a_line_cannot_say_it()
    {
        var odd = new WaveRules { Groups = [new GroupRule("a: b", [["w-db, old"], ["x > y"]])], Vms = [new VmRule("only named")], Blackouts = [new Blackout(DateTime.UnixEpoch.AddSeconds(1), DateTime.UnixEpoch.AddHours(1), "a | b")] };

        Text(Read(odd, odd)).ShouldBe(Text(odd));
    }

    [Fact]
    public void All_that_cannot_be_read_is_told()
    {
        Dictionary<string, string> sent = new()
        {
            ["start"] = "soon",
            ["days"] = "3.5",
            ["rate"] = "NaN",
            ["windows"] = "nights",
            ["blackouts"] = "2031-03-30T00:00/later holiday\n2031-03-30T00:00/2031-03-31T00:00 a | no sleep",
            ["groups"] = "erp\nerp: a | behind b",
            ["vms"] = "web: tomorrow",
        };
        List<string> problems = [];

        WaveRulesForm.Read(x => sent.GetValueOrDefault(x, ""), new WaveRules(), problems);

        problems.Select(x => x[..x.IndexOf(':', StringComparison.Ordinal)]).ShouldBe(["start", "days", "rate", "windows", "blackouts", "blackouts", "groups", "groups", "vms"]);
        problems[1].ShouldBe("days: '3.5' is no whole number");
        problems[8].ShouldContain("is no line like 'test-*: windows nights");
    }

    private static WaveRules Read(WaveRules shown, WaveRules known)
    {
        List<string> problems = [];
        var fields = WaveRulesForm.Of(shown);
        // A browser sends lines with both of them.
        var rules = WaveRulesForm.Read(x => fields[x].Replace("\n", "\r\n", StringComparison.Ordinal), known, problems);
        problems.ShouldBeEmpty();
        return rules;
    }

    private static string Text(WaveRules rules) => JsonSerializer.Serialize(rules, Json.Options);
}
