using Migrate.Executor.Domains;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class IoUringHost : IPreflightRule
{
    public string Id => "kvm.io-uring-host";

    public string Label => "io_uring not used, or young";

    public string Finds => "Warning when the kernel's io_uring is younger than 5.15, Information when io_uring cannot be used at all or is off by the distribution's choice.";

    public string Assessment => "Disks get native AIO where io_uring cannot be trusted: more CPU per I/O, and the same data. Between 5.13 and 5.15 it is used, and has had faults that later kernels mended.";

    public string Remedy => "Upgrade the kernel to 5.15 or later and set kernel.io_uring_disabled to 0; or accept native AIO.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "LXD issue 10061 and pull request 10064; Linux sysctl kernel.io_uring_disabled; CentOS Stream 9 merge requests 2375 and 2870";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        var facts = context.Facts;
        var kernel = AioChoice.KernelOf(facts.Kernel);
        if (!facts.IoUring.Usable)
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"QEMU on {context.Host} cannot use io_uring: {facts.IoUring.Detail}.");
        }
        else if (kernel < new Version(5, 15))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"{context.Host} runs kernel {facts.Kernel}: io_uring is {(kernel < new Version(5, 13) ? "not used, because it hung with LVM and ZFS" : "used, and young")}.");
        }
        else if (facts.Distribution is { } distribution && IsOfRhel(distribution.Id, distribution.Like) && Version.TryParse(distribution.Version, out var release) && release.Major == 9 && release < new Version(9, 8))
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"{distribution.Name} before 9.8 has io_uring as a preview that is off by default.");
        }
    }

    private static bool IsOfRhel(string id, IReadOnlyList<string> like) => id is "rhel" or "centos" or "almalinux" or "rocky" || like.Contains("rhel");
}
