//! An instance that has had little to do for as long as its alarm looks back: a smaller type is proposed, and people decide.
//! Nobody is woken because something is too large, and a machine does not know what it is kept ready for. Pure.

use shared::incident::Incident;
use shared::remediation::Decision;

use super::{ladder, price, survives, words};
use crate::seen::{Candidate, Instance};

/// The next smaller type, and how to give it that; nothing where there is none or a stop would destroy something.
pub(super) fn propose(incident: &Incident, instance: &Instance, family: &[Candidate]) -> Decision {
    let smaller = match (instance.scope.group(), survives::why_not(instance, family)) {
        (Some(group), _) => Err(format!("Auto Scaling group {group} decides how many there are")),
        (None, Some(reason)) => Err(reason),
        (None, None) => ladder::smaller(instance, family),
    };
    match smaller {
        Ok(smaller) => Decision::Advise {
            diagnosis: diagnosis(incident, instance, smaller),
            advice: words::by_hand_to(incident, instance, &smaller.instance_type),
        },
        Err(reason) => Decision::AlreadyHealthy(format!("its CPU is idle, and it stays as it is: {reason}")),
    }
}

fn diagnosis(incident: &Incident, instance: &Instance, smaller: &Candidate) -> Vec<String> {
    let Candidate { instance_type, vcpus, memory_mib, .. } = smaller;
    let idle = format!("The CPU of {}, a {}, is idle.", instance.id, instance.instance_type);
    let less =
        format!("{instance_type}, the next size below, has {vcpus} vCPUs and {} GiB of memory.", memory_mib / 1024);
    let saved = price::more_a_month(incident, instance, instance_type);
    let saved = saved.map(|more| format!("By list price it costs {:.2} USD a month less.", -more));
    [idle, less].into_iter().chain(saved).collect()
}

#[cfg(test)]
mod tests {
    use shared::alarm::Side;

    use super::super::tests::after;
    use super::*;
    use crate::seen::Observed;

    fn idle(change: impl FnOnce(&mut Observed)) -> Decision {
        after(|o| {
            o.side = Some(Side::Below);
            o.instance.instance_type = "m5.2xlarge".into();
            change(o);
        })
    }

    #[test]
    fn an_idle_instance_is_never_made_larger_a_smaller_type_is_proposed_to_people() {
        let Decision::Advise { diagnosis, advice } = idle(|_| ()) else { panic!("a proposal") };
        assert!(diagnosis[1].starts_with("m5.xlarge, the next size below, has 4 vCPUs and 16 GiB"), "{diagnosis:?}");
        assert!(diagnosis[2].starts_with("By list price it costs 156.22 USD a month less"), "{diagnosis:?}");
        assert!(advice.iter().any(|line| line.ends_with("--instance-type Value=m5.xlarge")), "{advice:?}");
    }

    #[test]
    fn an_idle_instance_that_cannot_be_smaller_or_would_not_survive_is_nobodys_business() {
        let nothing = |decision: Decision| match decision {
            Decision::AlreadyHealthy(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert!(nothing(idle(|o| o.instance.instance_type = "m5.large".into())).contains("no type of its family"));
        assert!(nothing(idle(|o| o.instance.volumes = 28)).contains("holds what is attached"));
        assert!(nothing(idle(|o| o.instance.lifecycle = Some("spot".into()))).contains("spot"));
    }
}
