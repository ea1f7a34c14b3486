using System.CommandLine;
using Migrate.Planner.Plans;

namespace Migrate.Api.Cli;

/// <summary>How the domains of a plan are designed, from the command line. What a single VM has otherwise is its profile only.</summary>
internal sealed class DomainArguments
{
    private readonly Option<DomainProfile> _profile = new("--profile")
    {
        Description = "what domains favour: Balanced, Latency (cores of their own), LatencyExtreme (and virtio-blk) or Dense (many VMs on a host)",
        HelpName = "PROFILE",
    };

    private readonly Option<string[]> _profileOf = new("--profile-of") { Description = "profile of a VM that differs from the plan's", HelpName = "VM=PROFILE" };
    private readonly Option<string?> _cpu = new("--cpu") { Description = "host-passthrough (default), host-model, or libvirt's name of a CPU model", HelpName = "CPU" };
    private readonly Option<Choice> _pinning = new("--pinning") { Description = "cores of their own: Auto (by profile and latency sensitivity), Always or Never", HelpName = "CHOICE" };
    private readonly Option<Choice> _hugePages = new("--huge-pages") { Description = "memory from the host's huge pages: Auto, Always or Never", HelpName = "CHOICE" };

    public IReadOnlyList<Option> Options => [_profile, _profileOf, _cpu, _pinning, _hugePages];

    public PlanPolicy Apply(PlanPolicy policy, Invocation invocation)
    {
        var domain = new DomainPolicy
        {
            Profile = invocation.Get(_profile),
            Pinning = invocation.Get(_pinning),
            HugePages = invocation.Get(_hugePages),
            Cpu = invocation.Get(_cpu) switch
            {
                null or "host-passthrough" => GuestCpu.HostPassthrough,
                "host-model" => GuestCpu.HostModel,
                _ => GuestCpu.Named,
            },
        };
        domain = domain with { CpuModel = domain.Cpu == GuestCpu.Named ? invocation.Get(_cpu) : null };
        return policy with
        {
            Domain = domain,
            Domains = Pairs.Read("--profile-of", invocation.Get(_profileOf), valueIsPlain: true).ToDictionary(p => p.Key, p => domain with { Profile = ProfileOf(p.Value) }),
        };
    }

    private static DomainProfile ProfileOf(string text) => Enum.TryParse<DomainProfile>(text, ignoreCase: true, out var profile) && Enum.IsDefined(profile) && !int.TryParse(text, out _)
        ? profile
        : throw new CommandFailure(ExitCode.Usage, $"--profile-of: '{text}' is no profile.", $"Use one of: {string.Join(", ", Enum.GetNames<DomainProfile>())}.");
}
