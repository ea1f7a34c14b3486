using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Target;
using Migrate.Api.Tests.Pages;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Api.Tests.Target;

/// <summary>What the server tells of its target's hosts, while one of them is at work.</summary>
public sealed class TargetStatisticsTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hosts_commands_and_the_errors_that_it_gets_are_seen_in_the_API_and_on_the_page()
    {
        var target = server.Services.GetRequiredService<NvmeTarget>();
        var uuid = Guid.NewGuid();
        var nqn = $"nqn.2026-02.org.example:statistics-{uuid:N}";
        await target.CreateNamespaceAsync(new NamespaceSpec(uuid, 8 << 20), Cancel);
        using var http = server.Client();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task work;
        await using (var host = await NvmeHost.ConnectAsync(
            new NvmeHostOptions { EndPoint = target.EndPoint, SubsystemNqn = target.SubsystemNqn, HostNqn = nqn, HostId = Guid.NewGuid() }, TimeProvider.System, null, Cancel))
        {
            var disk = await host.OpenAsync(uuid, Cancel);
            work = WorkAsync(disk, done.Token);
            var seen = await UntilAsync(http, uuid, x => x.Of("read") is { Iops: > 0, Latency: not null } && x.Of("write") is { Iops: > 0, Latency: not null });
            seen.Iops.ShouldBeGreaterThan(0);
            seen.BytesPerSecond.ShouldBeGreaterThan(0);
            var writes = seen.Of("write")!;
            writes.BytesPerSecond.ShouldBe(writes.Iops * 4096, writes.Iops, "each write has 4 KiB");
            writes.Latency!.P50Microseconds.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(writes.Latency.P99Microseconds ?? double.MaxValue);
            writes.Latency.MeanMicroseconds.ShouldBeGreaterThan(0);
            (writes.Latency.Bands.Sum(x => x.Commands) > 0).ShouldBeTrue();

            var one = (await http.GetFromJsonAsync<Page<TargetHostView>>($"/api/v1/target/hosts?filter={uuid:N}", Json.Options, Cancel))!.Items.ShouldHaveSingleItem();
            one.Name.ShouldBe(nqn);
            one.ControllerCount.ShouldBe(1);
            one.QueuePairCount.ShouldBe(host.IoQueues);
            one.Controllers[0].Connections.Count.ShouldBe(host.IoQueues + 1, "and the admin queue");
            one.Iops.ShouldBeGreaterThan(0);
            var subsystem = (await http.GetFromJsonAsync<Page<SubsystemView>>("/api/v1/target/subsystems?pageSize=500", Json.Options, Cancel))!.Items.Single(x => x.IsDefault);
            subsystem.Name.ShouldBe(target.SubsystemNqn);
            subsystem.ControllerCount.ShouldBeGreaterThan(0);

            // From here on only another host may do I/O: this one is told so.
            seen.Errors.ShouldBeEmpty();
            await target.GrantAsync(uuid, nqn + "-other", Cancel);
            await Should.ThrowAsync<NvmeException>(async () => await work);
            var refused = await UntilAsync(http, uuid, x => x.Errors.Count > 0);
            refused.Errors.Sum(x => x.Commands).ShouldBe(target.ReadStatistics().Namespaces[uuid].Errors.Values.Sum());
            var whole = (await StatisticsAsync(http)).Whole;
            whole.Errors.Single(x => x.Status == refused.Errors[0].Status).Commands.ShouldBeGreaterThanOrEqualTo(refused.Errors[0].Commands);

            using var browser = new Browser(server);
            var page = await browser.PageAsync("/target");
            page.ShouldContain("data-refresh=\"3\"");
            page.ShouldContain(nqn);
            page.ShouldContain($"<code>{refused.Errors[0].Status}</code>");
            page.ShouldContain("<th scope=\"row\">write</th>");
        }

        await target.DeleteNamespaceAsync(uuid, deleteBacking: true, Cancel);
    }

    private static async Task WorkAsync(NvmeDisk disk, CancellationToken cancellationToken)
    {
        var block = new byte[4096];
        for (var at = 0L; ; at = (at + block.Length) % disk.CapacityBytes)
        {
            await disk.WriteAsync(at, block, cancellationToken);
            await disk.ReadAsync(at, block, cancellationToken);
        }
    }

    private static async Task<ActivityView> UntilAsync(HttpClient http, Guid uuid, Predicate<ActivityView> isSo)
    {
        for (; ; await Task.Delay(200, Cancel))
        {
            if ((await StatisticsAsync(http)).Namespaces.FirstOrDefault(x => x.Uuid == uuid)?.Activity is { } activity && isSo(activity))
            {
                return activity;
            }
        }
    }

    private static async Task<TargetStatisticsView> StatisticsAsync(HttpClient http) => (await http.GetFromJsonAsync<TargetStatisticsView>("/api/v1/target/statistics", Json.Options, Cancel))!;
}
