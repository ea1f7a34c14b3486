using System.Collections.Immutable;
using Migrate.Target.Protocol;

namespace Migrate.Target.Reservations;

/// <summary>What came of a reservation command.</summary>
/// <param name="Status">Its answer.</param>
/// <param name="State">What holds from now on; the old state when nothing changed.</param>
/// <param name="Notices">Who is to be told.</param>
internal sealed record ReservationOutcome(ushort Status, ReservationState State, ImmutableArray<ReservationNotice> Notices)
{
    public static ReservationOutcome Refused(ushort status, ReservationState state) => new((ushort)(status | NvmeStatus.DoNotRetry), state, []);

    public static ReservationOutcome Done(ReservationState state, params ImmutableArray<ReservationNotice> notices) => new(NvmeStatus.Success, state, notices);
}

/// <summary>Something that another host's command did to this host.</summary>
internal readonly record struct ReservationNotice(Guid HostId, ReservationNoticeType Type);

/// <summary>Reservation notification log page types (NVM Express Base 2.0, 5.16.1.24).</summary>
internal enum ReservationNoticeType : byte
{
    RegistrationPreempted = 1,
    ReservationReleased = 2,
    ReservationPreempted = 3,
}
