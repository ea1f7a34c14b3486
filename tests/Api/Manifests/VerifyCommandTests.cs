using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs;
using Migrate.Executor.Sources;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Api.Tests.Manifests;

/// <summary>Namespaces read against their signed manifests, by the API and by <c>migrate verify</c>: a disk that was really copied to the server's target.</summary>
public sealed class VerifyCommandTests(RunningServer server)
{
    private const int MiB = 1 << 20;
    private const long Capacity = (6L * MiB) + 4096;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_namespace_is_equal_a_flipped_byte_is_found_and_a_manifest_with_a_wrong_signature_is_not_believed()
    {
        var (run, name, backing) = await CopiedAsync();
        var api = $"/api/v1/runs/{run}/manifests";
        using var client = server.Client();
        JsonNode.Parse(await client.GetStringAsync(api, Cancel))!.AsArray().ShouldHaveSingleItem()!["diskKey"]!.GetValue<int>().ShouldBe(2000);

        var good = await server.RunAsync("verify", name);
        (good.ExitCode, good.Out.Trim()).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(0, good.Error), x => x.Item2.ShouldStartWith("Hard disk 1: equal, all 7 extents"));

        using (var browser = new Pages.Browser(server))
        {
            using var begun = await browser.SendAsync($"/runs/{run}", "value=\"verify-2000\"");
            begun.StatusCode.ShouldBe(HttpStatusCode.Redirect, await begun.Content.ReadAsStringAsync(Cancel));
            await browser.ShouldComeToSayAsync(new Uri(server.Url, begun.Headers.Location!).PathAndQuery, "all 7 extents of Hard disk 1 are equal");
        }

        // One byte of the third extent, and one of what was zero.
        await FlipAsync(backing, (2L * MiB) + 77);
        await FlipAsync(backing, (5L * MiB) + 1);
        var end = await EndAsync(client, $"{api}/2000/verify");
        end["state"]!.GetValue<string>().ShouldBe("Succeeded", end.ToJsonString());
        var found = end["result"]!["verification"]!;
        (found["equal"]!.GetValue<bool>(), found["extents"]!.GetValue<long>(), found["differing"]!.GetValue<long>()).ShouldBe((false, 7, 2));
        found["firstOffsets"]!.AsArray().Select(x => x!.GetValue<long>()).ShouldBe([2L * MiB, 5L * MiB]);
        var bad = await server.RunAsync("verify", name);
        (bad.ExitCode, bad.Out).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Out.ShouldContain($"2 of 7 extents differ, first at byte {2L * MiB}, {5L * MiB}."));

        // The same by a manifest that was taken elsewhere, with the public half of the key.
        var file = server.Services.GetRequiredService<RunManifests>().PathOf(run, 2000);
        var key = Path.Combine(server.Directory, "elsewhere.pub");
        await File.WriteAllTextAsync(key, await client.GetStringAsync("/api/v1/manifests/key", Cancel), Cancel);
        (await server.RunAsync("verify", file, "--public-key", key, "--device", backing)).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Out.ShouldContain("2 of 7 extents differ"));
        await FlipAsync(backing, (2L * MiB) + 77);
        await FlipAsync(backing, (5L * MiB) + 1);
        (await server.RunAsync("verify", file, "--public-key", key, "--device", backing)).ExitCode.ShouldBe(0);

        // A manifest that says of the disk what it is not: the disk is not even read.
        await FlipAsync(file, new FileInfo(file).Length - 1);
        (await server.RunAsync("verify", file, "--public-key", key, "--device", backing)).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Error.ShouldContain("signature"));
        var forged = await EndAsync(client, $"{api}/2000/verify");
        (forged["state"]!.GetValue<string>(), forged["problem"]!["status"]!.GetValue<int>(), forged["problem"]!["code"]!.GetValue<string>()).ShouldBe(("Failed", 422, "manifest.forged"));
        (await server.RunAsync("verify", name)).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Error.ShouldContain(forged["problem"]!["title"]!.GetValue<string>()));
        (await client.PostAsync($"{api}/2001/verify", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity, "there is no manifest, which is told at once");
        (await client.PostAsync($"/api/v1/runs/{Guid.NewGuid()}/manifests/2000/verify", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<JsonNode> EndAsync(HttpClient client, string begin)
    {
        using var begun = await client.PostAsync(begin, null, Cancel);
        begun.StatusCode.ShouldBe(HttpStatusCode.Accepted, await begun.Content.ReadAsStringAsync(Cancel));
        while (true)
        {
            var seen = JsonNode.Parse(await client.GetStringAsync(begun.Headers.Location, Cancel))!;
            if (seen["state"]!.GetValue<string>() is not ("Queued" or "Running"))
            {
                return seen;
            }

            await Task.Delay(100, Cancel);
        }
    }

    /// <summary>A run whose one disk was copied, read back, and has its manifest; data in its second and third MiB.</summary>
    private async Task<(Guid Run, string Name, string Backing)> CopiedAsync()
    {
        var source = Path.Combine(server.Directory, "verify-source.raw");
        var bytes = new byte[Capacity];
        new Random(3).NextBytes(bytes.AsSpan(MiB, 2 * MiB));
        await File.WriteAllBytesAsync(source, bytes, Cancel);
        var target = server.Services.GetRequiredService<NvmeTarget>();
        var made = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity), Cancel);
        var (run, disk) = await AddAsync("verified-vm", made.Uuid);
        await using (var lease = (await server.Services.GetRequiredService<LeaseStore>().TryTakeAsync(run, Cancel))!)
        await using (var host = await NvmeHost.ConnectAsync(
            new NvmeHostOptions { EndPoint = target.EndPoint, SubsystemNqn = target.SubsystemNqn, HostNqn = lease.HostNqn, HostId = lease.HostId }, TimeProvider.System, null, Cancel))
        {
            var databases = server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>();
            var work = await RunWork.LoadAsync(databases, server.Services.GetRequiredService<RunLog>(), lease, Cancel);
            var destination = await host.OpenAsync(made.Uuid, Cancel);
            using var reader = RawFileReader.Open(source);
            await using (var journal = await server.Services.GetRequiredService<JournalStore>().OpenAsync(lease.Claim, disk, Cancel))
            {
                var copied = await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel);
                var read = await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel);
                await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.SourceHash, copied.SourceHash).SetProperty(x => x.DestinationHash, read).SetProperty(x => x.VerifiedAt, DateTime.UnixEpoch), Cancel);
            }

            await server.Services.GetRequiredService<RunManifests>().MakeAsync(work, Cancel);
        }

        return (run, "verified-vm", made.BackingPath);
    }

    private async Task<(Guid Run, RunDisk Disk)> AddAsync(string name, Guid uuid)
    {
        RunDisk? disk = null;
        var run = await server.AddRunAsync(
            name,
            (_, _, run) => (run.Phase, run.ResumePhase, run.FinishedAt) = (RunPhase.Completed, RunPhase.Completed, DateTime.UnixEpoch),
            run => disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", Reader = "test", CapacityBytes = Capacity, NamespaceUuid = uuid });
        return (run.Id, disk!);
    }

    /// <summary>By a program that asks for no lock, as whoever spoils a disk behind the target's back.</summary>
    private static Task<string> FlipAsync(string path, long offset) => Programs.OutputOfAsync(
        "python3", "-c", "import sys; f = open(sys.argv[1], 'r+b', 0); f.seek(int(sys.argv[2])); b = f.read(1)[0]; f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1]))",
        path, offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
