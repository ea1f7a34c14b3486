using System.Text.Json;
using Migrate.Executor.Deployment;

namespace Migrate.Executor.Tests.Deployment;

/// <summary>The script is run, with a midclt that keeps what it is told and refuses what is no JSON.</summary>
public sealed class TrueNasScriptTests : IDisposable
{
    private const string Midclt = """
        #!/usr/bin/env python3
        import json, os, sys
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        arguments = [a for a in sys.argv[2:] if a != '-job']
        method, arguments = arguments[0], arguments[1:]
        path = root + '/state.json'
        state = json.load(open(path)) if os.path.exists(path) else {'calls': [], 'objects': {}}
        def parsed(text):
            try: return json.loads(text)
            except ValueError:
                if text and text[0] in '{[': raise
                return text
        arguments = [parsed(a) for a in arguments]
        state['calls'].append([method, arguments])
        kind, _, verb = method.rpartition('.')
        kept = state['objects'].setdefault(kind, [])
        if verb == 'query':
            print(json.dumps([o for o in kept if all(str(o.get(k)) == str(v) for k, _, v in arguments[0])]))
        elif verb == 'create':
            made = dict(arguments[0], id=arguments[0].get('name', '') if kind == 'pool.dataset' else len(kept) + 7)
            if kind == 'nvmet.namespace': made['device_uuid'] = '00000000-0000-4000-8000-%012d' % made['nsid']
            kept.append(made); print(json.dumps(made))
        elif method == 'system.version': print(json.dumps(os.environ.get('VERSION', 'TrueNAS-25.10.1')))
        elif method == 'pool.dataset.recommended_zvol_blocksize': print(json.dumps('16K'))
        else: print('null')
        json.dump(state, open(path, 'w'))
        """;

    private readonly ScriptRun _run = new();

    public TrueNasScriptTests() => _run.Program("midclt", Midclt);

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Each_disk_becomes_a_volume_that_one_host_may_use()
    {
        var result = await RunAsync();
        result.ExitCode.ShouldBe(0, result.Errors);
        result.Output.Split('\n')[..2].ShouldBe(
        [
            "DISK_2000=/dev/disk/by-id/nvme-uuid.00000000-0000-4000-8000-000000000001",
            "DISK_2001=/dev/disk/by-id/nvme-uuid.00000000-0000-4000-8000-000000000002",
        ]);
        var made = JsonDocument.Parse(_run.Read("state.json")).RootElement.GetProperty("objects");
        made.GetProperty("pool.dataset").EnumerateArray().ShouldAllBe(d => d.GetProperty("volsize").GetInt64() == 1L << 30 && d.GetProperty("volblocksize").GetString() == "16K");
        var subsystem = made.GetProperty("nvmet.subsys").EnumerateArray().ShouldHaveSingleItem();
        subsystem.GetProperty("allow_any_host").GetBoolean().ShouldBeFalse();
        made.GetProperty("nvmet.host_subsys").EnumerateArray().ShouldHaveSingleItem().GetProperty("subsys_id").GetInt32().ShouldBe(subsystem.GetProperty("id").GetInt32());
        made.GetProperty("nvmet.namespace").EnumerateArray().ShouldAllBe(n => n.GetProperty("device_path").GetString()!.StartsWith("zvol/tank/vm-", StringComparison.Ordinal));
        Calls().Last().ShouldBe("service.control");

        // Again it makes nothing twice.
        var count = Calls().Count(c => c.EndsWith(".create", StringComparison.Ordinal));
        (await RunAsync()).Output.ShouldBe(result.Output);
        Calls().Count(c => c.EndsWith(".create", StringComparison.Ordinal)).ShouldBe(count);
    }

    [Theory]
    [InlineData("TrueNAS-SCALE-24.10.2")]
    [InlineData("25.04.2")]
    public async Task Releases_without_NVMe_over_TCP_are_refused(string version)
    {
        var result = await RunAsync(("VERSION", version));
        result.ExitCode.ShouldBe(1);
        result.Errors.ShouldContain("has no NVMe over TCP");
        Calls().ShouldBe(["system.version"]);
    }

    private Task<ProgramResult> RunAsync(params (string, string)[] more) => _run.RunAsync(
        TrueNasScript.For(ScriptRun.Plan("limited-iops")), [], [("POOL", "tank"), ("ADDRESS", "10.0.4.2"), ("HOSTNQN", "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555"), .. more]);

    private List<string> Calls() => [.. JsonDocument.Parse(_run.Read("state.json")).RootElement.GetProperty("calls").EnumerateArray().Select(c => c[0].GetString()!)];
}
