using Migrate.Executor.Destinations;

namespace Migrate.EndToEnd.Tests.Kvm;

public sealed class AccelerationProbeTests
{
    /// <summary>The control: a kernel that does boot, under TCG, gives the life sign that the probe waits for.</summary>
    [Fact]
    public async Task A_kernel_that_boots_is_seen_to_live()
    {
        var found = await RunAsync(new AccelerationProbe { KernelPath = await KernelAsync(), Accelerator = "tcg", Device = "/dev/null", Patience = TimeSpan.FromMinutes(8) });
        found.Proven.ShouldBeTrue(found.Detail);
        found.Detail.ShouldContain("booted under tcg");
        found.Remedy.ShouldBeNull();
    }

    /// <summary>What this machine's KVM really does; either answer is proven, and one that is not kvm comes with a reason and a remedy.</summary>
    [Fact]
    public async Task This_machines_KVM_is_tried_and_the_answer_is_proven_within_the_probes_patience()
    {
        var patience = TimeSpan.FromSeconds(20);
        var began = TimeProvider.System.GetTimestamp();
        var found = await RunAsync(new AccelerationProbe { KernelPath = await KernelAsync(), Patience = patience });
        TestContext.Current.TestOutputHelper!.WriteLine($"{found.DomainType}: {found.Detail}");
        found.Proven.ShouldBeTrue(found.Detail);
        found.DomainType.ShouldBeOneOf("kvm", "qemu");
        (found.Remedy is null).ShouldBe(found.DomainType == "kvm");
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(patience + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Without_dev_kvm_there_is_nothing_to_try()
    {
        var found = await RunAsync(new AccelerationProbe { KernelPath = await KernelAsync(), Device = "/nonexistent/kvm" });
        (found.DomainType, found.Proven).ShouldBe(("qemu", true));
        found.Detail.ShouldContain("/nonexistent/kvm does not exist");
    }

    [Fact]
    public async Task Without_a_kernel_nothing_is_proven()
    {
        var found = await RunAsync(new AccelerationProbe { KernelDirectory = "/nonexistent", Device = "/dev/null" });
        (found.DomainType, found.Proven).ShouldBe(("qemu", false));
        found.Detail.ShouldContain("not proven");
        found.Remedy.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_host_elsewhere_is_not_judged_by_this_machine()
    {
        var found = await RunAsync(new AccelerationProbe { HostUri = "qemu+ssh://kvm01/system" });
        (found.DomainType, found.Proven).ShouldBe(("qemu", false));
    }

    [Fact]
    public async Task A_kernel_that_is_none_ends_QEMU_and_its_words_are_passed_on()
    {
        var file = Path.GetTempFileName();
        try
        {
            var found = await RunAsync(new AccelerationProbe { KernelPath = file, Accelerator = "tcg", Device = "/dev/null", Patience = TimeSpan.FromMinutes(2) });
            found.DomainType.ShouldBe("qemu");
            found.Detail.ShouldContain(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<Acceleration> RunAsync(AccelerationProbe probe) => probe.RunAsync(TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task<string> KernelAsync() => Directory.EnumerateFiles(Path.Combine(await GuestDisk.KernelDirectoryAsync(), "boot"), "vmlinuz-*").Single();
}
