using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Reading;

namespace Migrate.Executor.Tests.Destinations.Reading;

/// <summary>The script on the machine that the tests run on, and what its kernel says by other ways.</summary>
public sealed class HostScriptTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_real_machine_answers_every_question_as_its_kernel_would()
    {
        var answers = await HostScript.AskAsync(new LocalCommands(TimeProvider.System), Cancellation);
        answers.Read(HostScript.Kernel, text => text.Trim()).ShouldBe((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", Cancellation)).Trim());
        var distribution = answers.Read(HostScript.Distribution, SoftwareReading.Distribution).ShouldNotBeNull();
        (await File.ReadAllTextAsync("/etc/os-release", Cancellation)).ShouldContain($"ID={distribution.Id}");

        var nics = NicReading.Parse(
            answers.Read(HostScript.Nics, text => text) ?? "", answers.Read(HostScript.Addresses, text => text) ?? "", answers.Read(HostScript.Routes, text => text) ?? "");
        nics.Select(nic => nic.Name).Order(StringComparer.Ordinal).ShouldBe(Directory.GetDirectories("/sys/class/net").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal));
        var loopback = nics.Single(nic => nic.Name == "lo");
        loopback.Addresses.ShouldContain("127.0.0.1/8");
        loopback.Mtu.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe((await File.ReadAllTextAsync("/sys/class/net/lo/mtu", Cancellation)).Trim());
        loopback.Kind.ShouldBe("virtual");

        var mounts = answers.Read(HostScript.Mounts, PlaceReading.Mounts).ShouldNotBeNull();
        var root = mounts.Single(mount => mount.Point == "/");
        root.SizeBytes.ShouldBe(new DriveInfo("/").TotalSize);
        mounts.ShouldNotContain(mount => mount.FileSystem == "proc" || mount.FileSystem == "sysfs");
        var blocks = answers.Read(HostScript.Blocks, PlaceReading.Blocks).ShouldNotBeNull();
        blocks.ShouldContain(block => block.Type == "disk" && block.SizeBytes > 0);

        var software = answers.Read(HostScript.Software, SoftwareReading.Software).ShouldNotBeNull();
        software.NvmeCli.ShouldNotBeNull("nvme-cli is among the tests' packages");
        software.NvmeTcp.ShouldBeOneOf("loaded", "built-in", "available", "missing");
        answers.Read(HostScript.Firmware, SoftwareReading.Firmware).ShouldNotBeNull().ShouldContain(firmware => File.Exists(firmware.Executable) && firmware.Interfaces.Contains("uefi"));
        answers.Gaps.ShouldAllBe(gap => gap.Fact == HostScript.Clock, "without systemd nobody knows of the clock, and everything else has an answer");
    }

    [Fact]
    public void What_has_no_answer_is_a_gap_with_its_reason()
    {
        var answers = HostAnswers.Parse("motd of the host\n\n@@m ? a\nfine\n\n@@m = 0\n\n@@m ? b\nsh: lsblk: not found\n\n@@m = 127\n\n@@m ? c\n\n@@m = 124\n\n@@m ? d\nhalf an ans", "m");
        answers.Read("a", text => text).ShouldBe("fine\n");
        answers.Read("b", text => text).ShouldBeNull();
        answers.Read("c", text => text).ShouldBeNull();
        answers.Read("d", text => text).ShouldBeNull();
        answers.Read("e", text => text).ShouldBeNull();
        answers.Read("a", text => (int?)int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ShouldBeNull();
        answers.Gaps.Select(gap => $"{gap.Fact}: {gap.Reason}").ShouldBe(
        [
            "b: sh: lsblk: not found", "c: the question took too long", "d: the answer broke off", "e: the host did not answer",
            "a: the answer cannot be read: The input string 'fine\n' was not in a correct format.",
        ]);
    }
}
