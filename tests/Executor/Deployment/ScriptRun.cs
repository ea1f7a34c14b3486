using System.Diagnostics;
using System.Net;
using Migrate.Executor.Deployment;
using Migrate.Executor.Domains;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Domains;

namespace Migrate.Executor.Tests.Deployment;

/// <summary>Runs a script with bash, with programs of its own before those of the machine.</summary>
internal sealed class ScriptRun : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("migrate-script-").FullName;

    public string Disk => Path.Combine(Root, "disk.raw");

    public ScriptRun()
    {
        Directory.CreateDirectory(Path.Combine(Root, "bin"));
        File.WriteAllText(Disk, "");
    }

    /// <summary>A program of this name that does what the text says.</summary>
    public void Program(string name, string text)
    {
        var path = Path.Combine(Root, "bin", name);
        File.WriteAllText(path, text.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }
    }

    public Task<ProgramResult> RunAsync(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        var file = Path.Combine(Root, "script.sh");
        File.WriteAllText(file, script);
        var start = new ProcessStartInfo("bash", [file, .. arguments]);
        start.Environment["PATH"] = Path.Combine(Root, "bin") + ":" + Environment.GetEnvironmentVariable("PATH");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return Programs.RunAsync(start);
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Root, name));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>A sample of <see cref="SampleDesigns"/> as a plan would have it.</summary>
    public static PlannedDomain Plan(string sample, string host = "libvirt-9.0", bool nvmeTcp = false)
    {
        var request = SampleDesigns.Request(sample, SampleDesigns.Hosts[host]);
        var namespaces = request.Vm.Disks.ToDictionary(d => d.Key, d => new Guid(d.Key, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]));
        if (nvmeTcp)
        {
            request = request with { Disks = [.. request.Vm.Disks.Select(d => DiskAttachment.NvmeTcp(d.Key, namespaces[d.Key]))] };
        }
        return new PlannedDomain(
            request, DomainDesign.For(request), "kvm1", new TargetPlace(new IPEndPoint(IPAddress.Parse("10.0.4.2"), 4420), "nqn.2014-08.org.nvmexpress:uuid:0198c0de-0000-7000-8000-00000000aaaa", "/srv/target", 0), namespaces);
    }
}
