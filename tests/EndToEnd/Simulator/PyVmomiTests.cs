using System.Diagnostics;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Simulator;

/// <summary>pyVmomi, a client that we did not write, uses the simulator as it would use a vCenter.</summary>
public sealed class PyVmomiTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PyVmomi_reads_the_whole_example_estate()
    {
        var estate = await EstateFile.LoadAsync(Path.Combine(Repository.Root, "tests/Simulator/Estates/example.json"), Cancelled);
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancelled);

        var output = await Python.RunAsync("inventory.py", server, []);

        output.ShouldContain("read 21 VMs");
    }

    [Fact]
    public async Task PyVmomi_switches_measures_reads_and_exports_and_QEMU_finds_the_same_bytes()
    {
        var work = Directory.CreateTempSubdirectory("simulator-");
        try
        {
            var raw = Path.Combine(work.FullName, "disk.raw");
            await RawDisk.WriteAsync(raw, 70L * 1024 * 1024 + 3 * 512, Cancelled);
            var estate = EstateFile.Parse("""
                { "datastores": [{ "name": "iser-ds1" }, { "name": "vsan-ds", "type": "vsan" }],
                  "vms": [
                    { "name": "web01", "datastore": "iser-ds1", "load": { "gaps": 0.1 }, "disks": [{ "file": "disk.raw" }] },
                    { "name": "db01", "datastore": "vsan-ds", "power": "off", "disks": [{ "file": "disk.raw" }, { "capacity": "8 MiB" }] }] }
                """);
            var options = new SimulatorOptions { BaseDirectory = work.FullName, Control = true, LeaseTimeout = TimeSpan.FromSeconds(20) };
            await using var server = await SimulatorServer.StartAsync(estate, options, Cancelled);

            var output = await Python.RunAsync("transfers.py", server, [("SIM_RAW", raw), ("SIM_WORK", work.FullName)]);

            output.ShouldContain("No errors were found");
            output.ShouldContain("Images are identical");
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task PyVmomi_enables_change_tracking_freezes_disks_and_asks_what_changed()
    {
        // No multiple of 64 KiB, of 1 MiB or of a page's stretch; the far half is never written, so some pages are empty.
        var estate = EstateFile.Parse($$"""
            { "datastores": [{ "name": "iser-ds1" }],
              "vms": [{ "name": "tracked", "cbt": false, "datastore": "iser-ds1", "disks": [{ "capacity": {{(40 << 20) + 3 * 512}} }] }] }
            """);
        var options = new SimulatorOptions { Control = true, TaskDuration = TimeSpan.FromMilliseconds(10), ChangedAreas = new() { AreasPerAnswer = 20, StretchBytes = 192 << 10 } };
        await using var server = await SimulatorServer.StartAsync(estate, options, Cancelled);

        var output = await Python.RunAsync("changes.py", server, []);

        output.ShouldContain("areas in");
    }

    [Fact]
    public async Task PyVmomi_branches_goes_back_removes_moves_and_extends()
    {
        var estate = EstateFile.Parse("""
            { "datastores": [{ "name": "ds1" }, { "name": "ds2" }],
              "vms": [{ "name": "tracked", "datastore": "ds1", "disks": [{ "capacity": "4 MiB" }] }] }
            """);
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { Control = true }, Cancelled);

        var output = await Python.RunAsync("snapshots.py", server, []);

        output.ShouldContain("the tree holds");
    }

    [Fact]
    public async Task Our_schema_file_agrees_with_pyVmomis_type_model()
    {
        var schema = Path.Combine(Repository.Root, "tests/Simulator/Schema");

        var output = await Python.RunAsync(Path.Combine(schema, "derive.py"), ["--check", Path.Combine(schema, "vim25.txt")], []);

        output.ShouldContain("0 types differ");
    }

    private static class Python
    {
        public static Task<string> RunAsync(string script, SimulatorServer server, (string, string)[] more) =>
            RunAsync(Path.Combine(Repository.Root, "tests/EndToEnd/Simulator", script), [],
                [("SIM_PORT", server.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("SIM_USER", server.UserName), ("SIM_PASSWORD", server.Password), .. more]);

        /// <summary>Debian's interpreter by path: pyVmomi comes from the package python3-pyvmomi.</summary>
        public static async Task<string> RunAsync(string script, string[] arguments, (string, string)[] environment)
        {
            File.Exists("/usr/lib/python3/dist-packages/pyVmomi/__init__.py").ShouldBeTrue("pyVmomi is missing: apt-get install python3-pyvmomi qemu-utils");
            var start = new ProcessStartInfo("/usr/bin/python3", [script, .. arguments]);
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            return await Programs.OutputOfAsync(start);
        }
    }

    private static class RawDisk
    {
        /// <summary>Mostly holes, with data at both ends and across the border of a grain table (32 MiB).</summary>
        public static async Task WriteAsync(string path, long length, CancellationToken cancellationToken)
        {
            var data = new byte[3 << 20];
            new Random(42).NextBytes(data);
            await using var file = File.Create(path);
            file.SetLength(length);
            foreach (var offset in new[] { 0, (32L << 20) - 70_000, length - data.Length })
            {
                file.Position = offset;
                await file.WriteAsync(data, cancellationToken);
            }
        }
    }
}
