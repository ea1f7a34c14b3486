using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Benchmarks.Sync;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Benchmarks.Lists;

/// <summary>
/// How fast lists answer with a large estate in the database: wrk's 20 clients ask for ten seconds each list, after two that do not count.
/// lists [VMS] [RUNS] [MIGRATE.DLL] [PART of a list's path]. The server is a process of its own, on SQLite.
/// </summary>
internal static class ListsBenchmark
{
    private const int Clients = 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(string[] arguments)
    {
        var vms = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var runs = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 100_000;
        var program = arguments.Length > 2 ? arguments[2] : Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../src/Api/bin/Release/net10.0/migrate.dll"));
        var part = arguments.Length > 3 ? arguments[3] : "";
        var directory = Directory.CreateTempSubdirectory("migrate-lists-");
        using var simulator = new SimulatorProcess(vms, Math.Max(1, vms / 50));
        using var server = Process.Start(new ProcessStartInfo("dotnet", [program, "serve", "--data", directory.FullName, "--urls", "http://127.0.0.1:0", "--target-port", "0", "--copies", "0", "--passes", "0"]) { RedirectStandardError = true })!;
        server.ErrorDataReceived += (_, _) => { };
        server.BeginErrorReadLine();
        var address = Path.Combine(directory.FullName, "server.url");
        while (!File.Exists(address) || new FileInfo(address).Length == 0)
        {
            await Task.Delay(200);
        }

        var token = (await File.ReadAllTextAsync(Path.Combine(directory.FullName, "admin.token"))).Trim();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri((await File.ReadAllTextAsync(address)).Trim()), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await DoneAsync(http, http.PostAsJsonAsync("/api/v1/sources", new { name = "dc1", url = simulator.Url, userName = "administrator@vsphere.local", password = SimulatorProcess.Password, thumbprint = simulator.Thumbprint }));
        await DoneAsync(http, http.PostAsync("/api/v1/sources/dc1/sync", null));
        await FillAsync(Path.Combine(directory.FullName, "migrate.db"), await simulator.VmsAsync(), runs);

        Console.WriteLine($"{vms} VMs, {runs} runs, {Clients} clients, {Environment.ProcessorCount} processors that clients and server share; milliseconds");
        Console.WriteLine($"{"",-58} {"p50",7} {"p99",7} {"most",7} {"calls/s",8} {"cpu ms",7} {"KiB",6}  memory");
        foreach (var path in (string[])[
            "sources/dc1/vms", $"sources/dc1/vms?page={Math.Max(1, vms / 200)}", "sources/dc1/vms?filter=vm-1", "sources/dc1/vms?sort=capacity",
            "sources/dc1/vms?sort=-host", "sources/dc1/vms?sort=cluster", "sources/dc1/vms?sort=datacenter", "sources/dc1/vms?sort=datastore", "sources/dc1/vms?sort=guest", "sources/dc1/vms?sort=-used", "sources/dc1/vms?sort=-changeRate",
            "sources/dc1/vms?sort=-concerns", "sources/dc1/vms?sort=plan", "sources/dc1/vms?guest=windows&sort=-used", "sources/dc1/vms?worst=Warning&planned=true&sort=-capacity", "sources/dc1/vms?concern=disk.rdm-physical", "sources/dc1/vms?plan=large&wave=50", "sources/dc1/hosts", "sources/dc1/datastores", "sources/dc1/topology", "sources/dc1/iser", "concerns?source=dc1", "sources", "plans", "plans/large/vms", $"plans/large/vms?page={Math.Max(1, vms / 200)}", "concerns?plan=large", "runs", "runs?phase=Failed", $"runs?page={Math.Max(1, runs / 200)}", $"runs?page={Math.Max(1, runs / 100)}",
            "runs?vm=vm-1", "runs?vm=db", "runs?sort=vm", "runs?sort=wave", "jobs", "jobs?state=Failed", "workers", "audit", "target/namespaces"])
        {
            if (!path.Contains(part, StringComparison.Ordinal))
            {
                continue;
            }

            var times = await AskAsync(http, token, "/api/v1/" + path, server);
            Console.WriteLine(times);
        }

        server.Kill();
        await server.WaitForExitAsync();
        directory.Delete(recursive: true);
    }

    private static async Task<string> AskAsync(HttpClient http, string token, string path, Process server)
    {
        using var first = await http.GetAsync(path);
        if (!first.IsSuccessStatusCode)
        {
            return $"{path,-58} {(int)first.StatusCode}";
        }

        var bytes = (await first.Content.ReadAsByteArrayAsync()).Length;
        var url = new Uri(http.BaseAddress!, path);
        _ = await WrkClient.AskAsync(url, token, Clients, WarmUp);
        server.Refresh();
        var before = server.TotalProcessorTime;
        var seen = await WrkClient.AskAsync(url, token, Clients, Each);
        server.Refresh();
        var processor = (server.TotalProcessorTime - before).TotalMilliseconds / Math.Max(1, seen.Calls); // Of a call, whatever else the machine does.
        return string.Create(CultureInfo.InvariantCulture,
            $"{path,-58} {seen.Median,7:0.0} {seen.Percentile99,7:0.0} {seen.Most,7:0.0} {seen.Calls / Each.TotalSeconds,8:0} {processor,7:0.0} {bytes >> 10,6}  {server.WorkingSet64 >> 20} MiB{(seen.Failed > 0 ? $"  {seen.Failed} failed" : "")}");
    }

    private static async Task FillAsync(string file, string[] vms, int runs)
    {
        await using var db = MigrateDatabase.CreateFactory(DatabaseOptions.Sqlite(file)).CreateDbContext();
        var source = db.Sources.Single();
        var host = new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system" };
        var plan = new Plan { Id = Guid.NewGuid(), Name = "large", SourceId = source.Id, KvmHostId = host.Id, InventoryVersion = 1, Policy = "{}", Mode = MigrationMode.Cold, CreatedAt = DateTime.UtcNow };
        db.AddRange(host, plan);
        await db.SaveChangesAsync();
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        List<PlanVm> planned = [.. vms.Select((name, i) => new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = $"vm-{i}", VmName = name, Wave = 1 + i / 100, Position = i, Concerns = "[]", Disks = "[]" })];
        db.AddRange(planned);
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        var text = new string('x', 2000);
        var begin = DateTime.UtcNow.AddDays(-30);
        foreach (var part in Enumerable.Range(0, runs).Chunk(5000))
        {
            db.AddRange(part.Select(i =>
            {
                var vm = planned[i % planned.Count];
                var phase = (i % 10) switch { 0 => RunPhase.Failed, 1 => RunPhase.Paused, 2 => RunPhase.RolledBack, _ => RunPhase.Completed };
                return new Run
                {
                    Id = Guid.NewGuid(),
                    PlanId = plan.Id,
                    PlanVmId = vm.Id,
                    VmKey = vm.VmKey,
                    VmName = vm.VmName,
                    Wave = vm.Wave,
                    Phase = phase,
                    ResumePhase = RunPhase.Seeding,
                    CreatedAt = begin.AddSeconds(i),
                    Error = phase == RunPhase.Failed ? "It failed." : null,
                    DomainXml = text,
                    DomainReasons = text,
                };
            }));
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>With the operation that the call began, where it began one.</summary>
    private static async Task DoneAsync(HttpClient http, Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        }

        while (answer.StatusCode == HttpStatusCode.Accepted && await http.GetFromJsonAsync<JsonElement>(answer.Headers.Location) is var operation && operation.GetProperty("state").GetString() != "Succeeded")
        {
            if (operation.GetProperty("finishedAt").ValueKind != JsonValueKind.Null)
            {
                throw new InvalidOperationException(operation.ToString());
            }

            await Task.Delay(200);
        }
    }
}
