using Migrate.Executor.Sources.Vddk;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Tests.Sources;

/// <summary>
/// The real nbdkit with a plugin that stands in for VDDK's, which cannot be shipped: it takes the same settings, notes them and serves a file.
/// </summary>
public sealed class VddkReaderTests : IDisposable
{
    private const string Password = "s3cret pass'word";
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_disk_is_read_and_the_password_is_nowhere_but_in_a_file_that_is_gone()
    {
        var disk = SampleDisk.Random(new Random(41), maxExtents: 12);
        var options = await PluginAsync(disk);
        string folder;
        await using (var reader = await VddkReader.OpenAsync(options, Disk(), TimeProvider.System, Cancel))
        {
            await RangeReading.ShouldBeAsync(reader, disk);
            var seen = await File.ReadAllLinesAsync(_folder.File("settings"), Cancel);
            seen.ShouldContain("server=vc1.example");
            seen.ShouldContain("vm=moref=vm-42");
            seen.ShouldContain("snapshot=snapshot-7");
            seen.ShouldContain("file=[vsan1] web 01/web 01.vmdk");
            seen.ShouldContain("thumbprint=AB:CD");
            seen.ShouldContain($"the password is {Password}");
            var commands = Directory.GetDirectories("/proc").Select(p => Path.Combine(p, "cmdline")).Where(File.Exists).Select(Read).Where(c => c.Contains(_folder.Path, StringComparison.Ordinal)).ToList();
            commands.ShouldNotBeEmpty();
            commands.ShouldAllBe(c => !c.Contains("s3cret", StringComparison.Ordinal));
            folder = Path.GetDirectoryName(seen.Single(l => l.StartsWith("password=+", StringComparison.Ordinal))["password=+".Length..])!;
            Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["nbd.sock"]);
        }
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_the_plugin_it_is_said_what_is_missing()
    {
        var error = await Should.ThrowAsync<MigrateException>(() => VddkReader.OpenAsync(new VddkOptions { Directory = _folder.Path }, Disk(), TimeProvider.System, Cancel));
        error.Code.ShouldBe("source.vddk-missing");
        error = await Should.ThrowAsync<MigrateException>(() => VddkReader.OpenAsync(new VddkOptions { Directory = _folder.Path, Nbdkit = "/none/nbdkit" }, Disk(), TimeProvider.System, Cancel));
        error.Code.ShouldBe("source.vddk-missing");
    }

    [Fact]
    public async Task What_VDDK_says_when_it_refuses_is_told_without_the_password()
    {
        var options = await PluginAsync(new byte[512], refuse: true);
        var error = await Should.ThrowAsync<MigrateException>(() => VddkReader.OpenAsync(options, Disk(), TimeProvider.System, Cancel));
        error.Code.ShouldBe("source.vddk-failed");
        error.Message.ShouldContain("cannot log in");
        error.ToString().ShouldNotContain("s3cret");
    }

    private static VddkDisk Disk() => new(new SourceLogin("vc1.example", 443, "mover@vsphere.local", Password, "AB:CD"), "vm-42", "[vsan1] web 01/web 01.vmdk", "snapshot-7");

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // The process has just ended.
        }
    }

    private async Task<VddkOptions> PluginAsync(byte[] disk, bool refuse = false)
    {
        await File.WriteAllBytesAsync(_folder.File("disk.raw"), disk, Cancel);
        await ScriptAsync("plugin.sh", $$"""
            #!/bin/bash
            case "$1" in
              config)
                echo "$2=$3" >> {{_folder.File("settings")}}
                if [ "$2" = password ]; then
                  echo "the password is $(cat "${3#+}")" >> {{_folder.File("settings")}}
                  {{(refuse ? "echo \"cannot log in with $(cat \"${3#+}\")\" >&2; exit 1" : ":")}}
                fi ;;
              config_complete) ;;
              open) echo handle ;;
              get_size) stat -c %s {{_folder.File("disk.raw")}} ;;
              pread) dd if={{_folder.File("disk.raw")}} iflag=skip_bytes,count_bytes bs=1M skip=$4 count=$3 status=none ;;
              can_write|can_extents) exit 3 ;;
              *) exit 2 ;;
            esac
            """);
        await ScriptAsync("nbdkit", $$"""
            #!/bin/bash
            arguments=()
            for a in "$@"; do
              if [ "$a" = vddk ]; then arguments+=(sh {{_folder.File("plugin.sh")}}); else arguments+=("$a"); fi
            done
            exec nbdkit "${arguments[@]}"
            """);
        return new VddkOptions { Directory = _folder.Path, Nbdkit = _folder.File("nbdkit") };
    }

    private async Task ScriptAsync(string name, string text)
    {
        await File.WriteAllTextAsync(_folder.File(name), text, Cancel);
        await Programs.OutputOfAsync("chmod", "755", _folder.File(name));
    }
}
