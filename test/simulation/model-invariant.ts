// I40 of a schedule: after each turn of its session, what came out and what there is are the reference model's.
import { ModelObserver } from './model-observer.js'
import type { Observer } from './run-schedule.js'
import { Violation } from './violation.js'

export function followReferenceModel(): Observer {
  const model = new ModelObserver()
  return {
    onTurn(input, effects, state) {
      const wrong = model.observe(input, effects, state)
      if (wrong.length > 0) throw new Violation('I40', wrong.join('; '))
    },
  }
}
