using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Hosts;

public sealed class HostCommandTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_read_of_a_host_is_shown_with_what_is_in_the_way()
    {
        var facts = new KvmHostFacts
        {
            Uri = "qemu+ssh://root@old/system",
            HostName = "old",
            Libvirt = new Version(4, 5, 0),
            Qemu = new Version(2, 12, 0),
            IoUring = new IoUringState(false, "kernel 4.18 has no io_uring"),
            DomainTypes = ["kvm"],
            ReadAt = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            Gaps = [new("time synchronisation", "nobody answers")],
        };
        var name = await AddAsync(JsonSerializer.Serialize(facts, Json.Options));

        var shown = await server.RunAsync("host", "show", name);
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Out.ShouldContain("libvirt 4.5.0, QEMU 2.12.0");
        shown.Out.ShouldContain("2026-01-02 03:04:05 UTC");
        shown.Out.ShouldContain("not known: time synchronisation (nobody answers)");
        shown.Out.ShouldContain("BLOCK  kvm.libvirt-version");
        shown.Out.ShouldContain("BLOCK  kvm.qemu-version");
        shown.Out.ShouldContain("INFO   kvm.facts");
        (await server.RunAsync("concerns", "explain", "kvm.libvirt-version")).Out.ShouldContain("firmware autoselection");
    }

    /// <summary>libvirt's own test driver stands for a host, whose kernel is this machine's.</summary>
    [Fact]
    public async Task A_check_reads_the_host_again_and_leaves_its_acceleration_as_it_was()
    {
        var name = await AddAsync("{}");
        (await server.RunAsync("host", "show", name)).Out.ShouldContain("Nothing was read of it yet.");

        var check = await server.RunAsync("host", "check", name, "--json");

        check.Error.ShouldBeEmpty();
        var host = JsonDocument.Parse(check.Out).RootElement.GetProperty("host");
        host.GetProperty("facts").GetProperty("kernel").GetString().ShouldBe((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", Cancellation)).Trim());
        host.GetProperty("facts").GetProperty("readAt").GetDateTime().ShouldBeGreaterThan(DateTime.UtcNow.AddHours(-1));
        var blocked = host.GetProperty("findings").EnumerateArray().Any(finding => finding.GetProperty("severity").GetString() == "Critical");
        check.ExitCode.ShouldBe(blocked ? 3 : 0);
        await using var db = await DatabaseAsync();
        (await db.KvmHosts.AsNoTracking().SingleAsync(row => row.Name == name, Cancellation)).ProbedDomainType.ShouldBe("kvm", "no kernel is booted for a check");
    }

    [Fact]
    public async Task A_target_that_the_host_is_to_reach_is_tried_from_there_and_its_name_compared()
    {
        var name = await AddAsync("{}");
        var target = server.Services.GetRequiredService<NvmeTarget>();
        var address = $"127.0.0.1:{target.EndPoint.Port}";

        var good = JsonDocument.Parse((await server.RunAsync("host", "check", name, "--target", address, "--nqn", target.SubsystemNqn, "--json")).Out).RootElement;
        good.GetProperty("ports").EnumerateArray().Single().GetProperty("outcome").GetString().ShouldBe("Nvme");
        good.GetProperty("knownNqns").EnumerateArray().Select(nqn => nqn.GetString()).ShouldBe([target.SubsystemNqn]);
        good.GetProperty("host").GetProperty("findings").EnumerateArray().ShouldNotContain(finding => finding.GetProperty("id").GetString() == "nvme.nqn");

        var mistyped = await server.RunAsync("host", "check", name, "--target", address, "--nqn", target.SubsystemNqn + "t");
        mistyped.ExitCode.ShouldBe(3, mistyped.Error);
        mistyped.Out.ShouldContain("BLOCK  nvme.nqn");
        mistyped.Out.ShouldContain($"Did you mean {target.SubsystemNqn}?");

        var closed = await server.RunAsync("host", "check", name, "--target", "127.0.0.1:1", "--nqn", target.SubsystemNqn);
        closed.ExitCode.ShouldBe(3, closed.Error);
        closed.Out.ShouldContain("127.0.0.1:1");
        closed.Out.ShouldContain("BLOCK  net.port");
        closed.Out.ShouldContain("INFO   nvme.nqn");
    }

    [Fact]
    public async Task A_check_that_makes_no_sense_is_refused_with_all_that_is_wrong()
    {
        var name = await AddAsync("{}");
        using var client = server.Client();
        var refused = await client.PostAsJsonAsync($"/api/v1/hosts/{name}/check", new { target = "storage1", nqn = "" }, Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var errors = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).ToList();
        errors.Count.ShouldBe(2);
        errors[0].ShouldNotBeNull().ShouldStartWith("target: 'storage1' is no IP address");
        errors[1].ShouldNotBeNull().ShouldStartWith("nqn: ");

        (await server.RunAsync("host", "check", name, "--nqn", "nqn.2026-01.org.migrate:target")).Error.ShouldContain("name the target, too");
        (await server.RunAsync("host", "check", "nobody")).Error.ShouldContain("There is no host named 'nobody'");
    }

    [Fact]
    public async Task A_URI_that_cannot_be_used_is_refused_with_all_that_is_wrong_and_no_password()
    {
        var refused = await server.RunAsync("host", "add", "refused", "--uri", "qemu+tcp://root:hunter2@kvm1/system?no_verify=1");
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("neither encrypted nor authenticated");
        refused.Error.ShouldContain("password does not belong");
        refused.Error.ShouldContain("no_verify");
        refused.Error.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Where_a_host_is_to_attach_is_refused_with_all_that_is_wrong()
    {
        var refused = await server.RunAsync("host", "add", "far", "--uri", "qemu+ssh://root@kvm2/system", "--attachment", "backing", "--target", "127.0.0.1", "--target", "storage1");
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("backing is for the target's own machine");
        refused.Error.ShouldContain("127.0.0.1 is the host itself");
        refused.Error.ShouldContain("'storage1' is no IP address");
    }

    [Fact]
    public async Task A_host_is_changed_after_it_answered_with_the_change()
    {
        var name = await AddAsync("{}");

        var changed = await server.RunAsync("host", "update", name, "--domain-type", "qemu", "--target", "127.0.0.1", "--target", "127.0.0.1:4421");

        changed.ExitCode.ShouldBe(0, changed.Error);
        var shown = JsonDocument.Parse((await server.RunAsync("host", "show", name, "--json")).Out).RootElement;
        (shown.GetProperty("effectiveDomainType").GetString(), shown.GetProperty("attachment").GetString()).ShouldBe(("qemu", "nvme-tcp"));
        shown.GetProperty("targets").EnumerateArray().Select(x => x.GetString()).ShouldBe(["127.0.0.1:4420", "127.0.0.1:4421"]);
        shown.GetProperty("uri").GetString().ShouldBe("test:///default", "what was not given stays");

        (await server.RunAsync("host", "update", name)).Error.ShouldContain("at least one of them");
        var refused = await server.RunAsync("host", "update", name, "--uri", "qemu+tcp://kvm1/system", "--target", "storage1");
        refused.Error.ShouldContain("neither encrypted nor authenticated");
        refused.Error.ShouldContain("'storage1' is no IP address");
        (await server.RunAsync("host", "update", name, "--uri", "qemu:///nothing-like-this")).ExitCode.ShouldNotBe(0);
        var after = JsonDocument.Parse((await server.RunAsync("host", "show", name, "--json")).Out).RootElement;
        after.GetProperty("uri").GetString().ShouldBe("test:///default", "a change that does not work is not kept");
    }

    [Fact]
    public async Task A_host_that_runs_go_to_stays_as_it_is_and_one_that_a_plan_has_stays()
    {
        var name = "host-" + Guid.NewGuid().ToString("N")[..8];
        await server.AddRunAsync(name, (_, _, _) => { });

        var busy = await server.RunAsync("host", "update", name, "--domain-type", "kvm");
        busy.ExitCode.ShouldNotBe(0);
        busy.Error.ShouldContain($"the run of '{name}' to it is Preparing");
        await using (var db = await DatabaseAsync())
        {
            await db.Runs.Where(run => run.VmName == name).ExecuteUpdateAsync(set => set.SetProperty(run => run.Phase, RunPhase.Completed), Cancellation);
        }

        // The way back leads to where its domain is.
        var moved = await server.RunAsync("host", "update", name, "--target", "127.0.0.1");
        moved.ExitCode.ShouldNotBe(0);
        moved.Error.ShouldContain($"the run of '{name}' to it is Completed");
        (await server.RunAsync("host", "update", name, "--domain-type", "kvm")).ExitCode.ShouldBe(0);
        var used = await server.RunAsync("host", "remove", name);
        used.ExitCode.ShouldNotBe(0);
        used.Error.ShouldContain("is used by plan");
        (await server.RunAsync("host", "show", name)).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_host_that_no_plan_has_is_removed_by_whoever_saw_it_as_it_is()
    {
        var name = await AddAsync("{}");
        using var client = server.Client();
        var seen = (await client.GetAsync($"/api/v1/hosts/{name}", Cancellation)).Headers.ETag.ShouldNotBeNull();
        (await server.RunAsync("host", "update", name, "--domain-type", "qemu")).ExitCode.ShouldBe(0);
        using var stale = new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/hosts/{name}") { Headers = { IfMatch = { seen } } };
        (await client.SendAsync(stale, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);

        (await server.RunAsync("host", "remove", name)).ExitCode.ShouldBe(0);
        (await server.RunAsync("host", "show", name)).Error.ShouldContain($"There is no host named '{name}'");
    }

    private async Task<string> AddAsync(string facts)
    {
        var name = "host-" + Guid.NewGuid().ToString("N")[..8];
        await using var db = await DatabaseAsync();
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = name, Uri = "test:///default", ProbedDomainType = "kvm", ProbedAt = DateTime.UnixEpoch, Facts = facts });
        await db.SaveChangesAsync(Cancellation);
        return name;
    }

    private Task<MigrateDb> DatabaseAsync() => server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
}
